"""`auditctl report`: one framework, one period, one pack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.cli.formats import FailOn
from auditctl.cli.inputs import (
    ApprovedAdmins,
    FullSql,
    Leavers,
    Reviewers,
    SignInLog,
    SignInLogCovers,
    Tickets,
    Waivers,
)
from auditctl.errors import UsageError
from auditctl.render.variant import PdfVariant
from auditctl.text import SqlText

if TYPE_CHECKING:
    from auditctl.cli.context import Context

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("report")
def report(
    ctx: typer.Context,
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="Such as soc2.")],
    period: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Q3 (the latest that has ended), 2026-Q3, 2026-07, FY26-Q1.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder in which the pack's folder is made.")] = Path(),
    fail_on: Annotated[FailOn, typer.Option(help="exceptions ends with 1, not-evidenced with 4.")] = FailOn.NEVER,
    reissue: Annotated[
        str | None, typer.Option(metavar="REASON", help="Issue the period's pack once more, as .r2, and say why.")
    ] = None,
    with_population: Annotated[
        bool, typer.Option("--with-population", help="Put the relations into the pack, as Parquet.")
    ] = False,
    population: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Instead of a source: the population/ of a pack.")
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(metavar="PACK", help="State near the period's end: a pack of it, made --with-population."),
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(metavar="PACK", help="Say what changed since this pack, of the period before.")
    ] = None,
    zipped: Annotated[
        bool, typer.Option("--zip", help="Write the pack's zip beside its folder, to hand over.")
    ] = False,
    full_sql: FullSql = False,
    pdf_variant: Annotated[PdfVariant, typer.Option(help="Kind of report.pdf.")] = PdfVariant.ARCHIVE,
    no_pdf: Annotated[
        bool, typer.Option("--no-pdf", help="Leave report.pdf out, which takes most of the time.")
    ] = False,
    generated_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Print this as the time of making, for equal bytes.")
    ] = None,
    leavers: Leavers = None,
    approved_admins: ApprovedAdmins = None,
    sign_in_log: SignInLog = None,
    sign_in_log_covers: SignInLogCovers = None,
    tickets: Tickets = None,
    reviewers: Reviewers = None,
    waivers: Waivers = None,
) -> None:
    """Write the evidence pack of a framework for a period: PDF, HTML, JSON, CSV, method and manifest."""
    from auditctl.cli.issue import Form, ReportCall
    from auditctl.cli.issued import opened_packs
    from auditctl.cli.progress import report_progress
    from auditctl.period import parse_clock
    from auditctl.settings import Inputs

    base: Context = ctx.obj
    given = Inputs(leavers, approved_admins, sign_in_log, sign_in_log_covers, tickets, reviewers, waivers)
    context = replace(base, inputs=given, sql=SqlText.FULL if full_sql else None)
    if reissue is not None and not reissue.strip():
        raise UsageError("--reissue needs a reason", hint='Say why, such as --reissue "corrected leavers file"')
    form = Form(with_population, None if no_pdf else pdf_variant, zipped)
    made_at = parse_clock(generated_at) if generated_at else None
    wanted = context.catalogue.find_framework(framework)
    with opened_packs(snapshot, previous) as packs, report_progress(wanted, color=context.color) as progress:
        run = ReportCall(context, wanted, out, reissue, form, packs, progress)
        if population is None:
            if period is None:
                raise UsageError("report needs --period", hint="Such as --period Q3 or --period 2026-07")
            code = run.from_source(period, made_at, fail_on)
        else:
            code = run.from_population(population, made_at, fail_on)
    raise typer.Exit(code)
