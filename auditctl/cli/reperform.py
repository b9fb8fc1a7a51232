"""`auditctl reperform`: every query of a pack again, from what lies in the pack, compared row for row."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.errors import ExitCode, worst

if TYPE_CHECKING:
    from auditctl.cli.context import Context
    from auditctl.pack.reperform import Repetition

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("reperform")
def reperform_pack(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="PACK", help="A pack made --with-population: its folder or zip.")],
    queries: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]...", help="Such as exports; all when not given.")
    ] = None,
    snapshot: Annotated[
        Path | None, typer.Option(metavar="PACK", help="The pack that the report took current state from.")
    ] = None,
) -> None:
    """Run the queries of a pack again, from its own SQL, parameters and population; exit 5 where a row differs."""
    from auditctl.pack.reperform import reperform
    from auditctl.render.wording import count

    context: Context = ctx.obj
    out = sys.stdout
    with reperform(folder, context.catalogue, context.settings.limits, snapshot) as again:
        names = again.names(queries or ())
        out.write(f"{again.headline}\n")
        width = max(map(len, names), default=0)
        results = []
        for result in again.run(names):
            results.append(result)
            out.write(f"{result.name:{width}}  {_outcome(result)}\n")
            out.writelines(f"  differs: {difference}\n" for difference in result.differences)
            if result.note:
                out.write(f"  note: {result.note}\n")
            out.flush()
        wrong = list(again.contradictions())
        if wrong:
            out.write("The pack contradicts itself\n")
            out.writelines(f"  differs: {difference}\n" for difference in wrong)
    reproduced = sum(result.reproduced for result in results)
    out.write(f"{reproduced} of {count(len(results), 'query', 'queries')} reproduced\n")
    codes = [
        ExitCode.INTEGRITY if result.differences else ExitCode.NOT_EVIDENCED
        for result in results
        if not result.reproduced
    ]
    raise typer.Exit(worst([*codes, *([ExitCode.INTEGRITY] if wrong else [])]))


def _outcome(result: Repetition) -> str:
    from auditctl.render.wording import count

    if result.missing:
        return f"not run: {result.missing}"
    if result.differences:
        return "NOT reproduced"
    return f"reproduced: {count(result.rows or 0, 'row')}, same bytes"
