"""`auditctl queries`: list, show, begin and check the canned queries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.catalogue.index import load_index
from auditctl.errors import CatalogueError, UsageError
from auditctl.resources import bundled, in_checkout
from auditctl.text import show

if TYPE_CHECKING:
    from auditctl.cli.context import Context

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="List, show, begin and check the canned queries.",
)


@app.command("list")
def list_queries(ctx: typer.Context) -> None:
    """List every query: its command, kind and title."""
    context: Context = ctx.obj
    entries = load_index(extra=context.settings.catalogue)
    width = max(len(entry.command) for entry in entries)
    for entry in entries:
        sys.stdout.write(f"{entry.command:<{width}}  {entry.kind:<9}  {entry.title}\n")


@app.command("show")
def show_query(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="QUERY")]) -> None:
    """Show a query as it is: header and SQL."""
    context: Context = ctx.obj
    sys.stdout.write(context.catalogue.find_query(name).text)


@app.command("new")
def new_query(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="Such as exports_at_night.")],
    area: Annotated[str, typer.Option(metavar="AREA", help="Its folder, and its heading in --help.")],
) -> None:
    """Write a query to begin with into your catalogue (in a checkout without one: the shipped), and say where."""
    from auditctl.catalogue.load import load_catalogue
    from auditctl.catalogue.skeleton import write_skeleton
    from auditctl.cli.lazy import FIXED

    context: Context = ctx.obj
    own = context.settings.catalogue
    if own is None and not in_checkout():
        hint = "Give auditctl --catalogue DIR queries new, or set catalogue in auditctl.toml"
        raise UsageError("there is no folder for queries of your own", hint=hint)
    known = load_catalogue(own if own and own.is_dir() else None).queries
    path = write_skeleton(own or bundled("queries"), name, area, {*known, *FIXED})
    sys.stdout.write(f"{show(path)}\n")


@app.command("lint")
def lint_queries(
    ctx: typer.Context,
    write: Annotated[bool, typer.Option("--write", help="Write the lock and the index anew.")] = False,
) -> None:
    """Check all queries, controls, actions and capabilities; all problems at once, as file:line."""
    from auditctl.catalogue.lint import lint, write_lock

    context: Context = ctx.obj
    if write:
        for path in write_lock():
            sys.stdout.write(f"{path.name}\n")
    problems = lint(extra=context.settings.catalogue)
    if problems:
        raise CatalogueError(problems)
