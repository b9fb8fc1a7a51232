"""`auditctl controls`: the frameworks' controls, their tests, and what to bring from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.cli.formats import Format

if TYPE_CHECKING:
    from rich.console import Console

    from auditctl.catalogue.model import Catalogue, Control, Test
    from auditctl.cli.context import Context

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="List controls, their tests, and what to bring from elsewhere.",
)


@app.command("list")
def list_controls(
    ctx: typer.Context, framework: Annotated[str | None, typer.Argument(metavar="[FRAMEWORK]")] = None
) -> None:
    """List the controls of a framework, or of all: identifier, title, and how many tests there are."""
    from auditctl.render.table import write_outcome, write_pairs
    from auditctl.render.wording import not_shipped

    context: Context = ctx.obj
    catalogue = context.catalogue
    console = _console(context)
    frameworks = [catalogue.find_framework(framework)] if framework else list(catalogue.frameworks.values())
    for number, found in enumerate(frameworks):
        if number:
            console.print()
        write_outcome(f"{found.id}: {found.title}, {found.edition}{not_shipped(found)}", console)
        write_pairs(((control.id, _line(control)) for control in found.controls), console)


@app.command("show")
def show_control(ctx: typer.Context, control: Annotated[str, typer.Argument(metavar="CONTROL")]) -> None:
    """Show a control, such as SOC2:CC6.1: its tests, what they cannot prove, and what to bring from elsewhere."""
    from auditctl.render.table import write_outcome, write_text
    from auditctl.render.wording import not_shipped, own_ids, sentence

    context: Context = ctx.obj
    catalogue = context.catalogue
    console = _console(context)
    for number, (framework, found) in enumerate(catalogue.find_controls(control)):
        if number:
            console.print()
        write_outcome(f"{found.id}  {found.title}", console)
        write_text(f"{framework.title}, {framework.edition}{not_shipped(framework)}", console, "dim")
        if found.own_ids:
            write_text(sentence(own_ids(found.own_ids)), console)
        if found.note:
            write_text(found.note, console)
        if not found.addressable:
            write_text(f"Not addressed: no test of this {framework.noun} on Superset's data.", console)
        for place, test in enumerate(found.tests, start=1):
            console.print()
            _write_test(place, test, catalogue, console)


@app.command("requests")
def list_requests(
    ctx: typer.Context,
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="Such as soc2.")],
    period: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Of what time: Q3, 2026-Q3, 2026-07. Default: left empty.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write the rows.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a new file instead of stdout.")] = None,
) -> None:
    """List what to bring from other systems, each once with all controls that it is for."""
    from auditctl.cli.requests import write_requests
    from auditctl.period import parse_period

    context: Context = ctx.obj
    found = context.catalogue.find_framework(framework)
    report = context.settings.report
    bounds = (
        parse_period(period, now=context.present, zone=report.zone, fiscal_year_start=report.fiscal_year_start)
        if period
        else None
    )
    write_requests(found, bounds, form, output, color=context.color)


def _line(control: Control) -> str:
    from auditctl.render.wording import own_ids

    return f"{control.title} ({'; '.join(filter(None, (_tests(control), own_ids(control.own_ids))))})"


def _tests(control: Control) -> str:
    if not control.addressable:
        return "not addressed"
    return "1 test" if len(control.tests) == 1 else f"{len(control.tests)} tests"


def _write_test(place: int, test: Test, catalogue: Catalogue, console: Console) -> None:
    from auditctl.render.table import write_pairs, write_text
    from auditctl.render.wording import not_shipped

    query = catalogue.queries[test.query]
    pairs = [("Test", test.id), ("Query", f"{query.command}, {query.kind}: {query.title}{not_shipped(query)}")]
    if test.parameters:
        pairs.append(("With", "; ".join(f"{name} = {value}" for name, value in test.parameters.items())))
    if test.absence == "finding":
        pairs.append(("Not recorded", "is an exception: the requirement is to record it"))
    pairs += _first("Cannot prove", test.cannot_prove) + _first("From elsewhere", test.elsewhere)
    write_text(f"{place}. {test.procedure}", console)
    write_pairs([(f"   {name}", value) for name, value in pairs], console)


def _first(name: str, sentences: Iterable[str]) -> list[tuple[str, str]]:
    return [(name if number == 0 else "", sentence) for number, sentence in enumerate(sentences)]


def _console(context: Context) -> Console:
    from auditctl.render.table import open_console

    console = open_console(sys.stdout)
    console.no_color = not context.color
    return console
