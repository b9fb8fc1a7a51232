"""`auditctl sample`: draw rows of a pack in an order that follows from the auditor's seed."""

from __future__ import annotations

import csv
import io
import sys
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TextIO

import typer

if TYPE_CHECKING:
    from auditctl.cli.context import Context
    from auditctl.pack.sample import Sample

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
_CONFIDENCES = (Fraction(95, 100), Fraction(90, 100))
_FILE_WIDTH = 160


class SampleFormat(StrEnum):
    """How a sample is written."""

    TABLE = "table"
    CSV = "csv"


@app.command("sample")
def sample(
    ctx: typer.Context,
    pack: Annotated[Path, typer.Argument(metavar="PACK", help="The folder of a pack, or its zip.")],
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Such as exports or content-changes.")],
    size: Annotated[int, typer.Option(metavar="NUMBER", help="How many rows to draw.")],
    seed: Annotated[str, typer.Option(metavar="TEXT", help="The auditor's, chosen after the pack was made.")],
    flagged: Annotated[bool, typer.Option("--flagged", help="Draw from the flagged rows alone.")] = False,
    form: Annotated[SampleFormat, typer.Option("--format", help="How to write the rows.")] = SampleFormat.TABLE,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a new file instead of stdout.")] = None,
) -> None:
    """Draw rows of a pack, so that anybody with the same seed draws the same, and say what the sample supports."""
    from auditctl.commit import write_whole
    from auditctl.pack.sample import draw_sample
    from auditctl.pack.zipped import opened_pack

    context: Context = ctx.obj
    with opened_pack(pack) as folder:
        drawn = draw_sample(folder, query.replace("-", "_"), size, seed, flagged=flagged)
    if output is not None:
        write_whole(output, lambda stream: _write_file(drawn, form, stream))
    elif form is SampleFormat.CSV:
        _write_csv(drawn, sys.stdout)
    else:
        _write_table(drawn, sys.stdout, color=context.color)


def _write_file(drawn: Sample, form: SampleFormat, stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n", write_through=True)
    if form is SampleFormat.CSV:
        _write_csv(drawn, text)
    else:
        _write_table(drawn, text, color=False, width=_FILE_WIDTH)
    text.detach()


def _write_csv(drawn: Sample, stream: TextIO) -> None:
    # Cells keep the guard that they have in the pack.
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("rank", *drawn.columns))
    writer.writerows(drawn.rows)


def _write_table(drawn: Sample, stream: TextIO, *, color: bool, width: int | None = None) -> None:
    from auditctl.catalogue.model import Column, ColumnType
    from auditctl.render.table import open_console, write_rows, write_text
    from auditctl.run.csvfile import unguard

    console = open_console(stream, width)
    console.no_color = not color
    whole = " (all there are)" if drawn.size == drawn.population else ""
    write_text(f"{drawn.size:,} of {drawn.population:,}{whole}, from {drawn.file} of {drawn.pack}", console, "bold")
    write_text(f"Seed: {drawn.seed}", console)
    write_text(f"Population (SHA-256 of the file): {drawn.sha256}", console, fold=False)
    write_text("Order: HMAC-SHA256 of hash and source_ref, keyed with the seed, the smallest first.", console)
    console.print()
    names = ("rank", *drawn.columns)
    columns = [Column(name, name, ColumnType.TEXT) for name in names]
    write_rows(columns, [[unguard(cell) for cell in row] for row in drawn.rows], console)
    console.print()
    for confidence in _CONFIDENCES:
        most = drawn.supports(confidence)
        share = most / drawn.population
        write_text(
            f"If none of the {drawn.size:,} deviates: with {int(confidence * 100)} % confidence at most {most:,} of"
            f" {drawn.population:,} do ({share:.1%}).",
            console,
        )
