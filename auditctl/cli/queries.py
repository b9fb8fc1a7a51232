"""`auditctl queries`: list, show and check the canned queries."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from auditctl.catalogue.index import load_index
from auditctl.cli.context import Context
from auditctl.errors import CatalogueError

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="List, show and check the canned queries.",
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
