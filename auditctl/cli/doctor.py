"""`auditctl doctor`: what a source is, what it can hold, and what the role that reads it may do."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TextIO

import typer

from auditctl.cli.talk import complain
from auditctl.errors import ExitCode, worst

if TYPE_CHECKING:
    from auditctl.cli.context import Context
    from auditctl.doctor.model import Examination

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
_FILE_WIDTH = 160


class Format(StrEnum):
    """How an examination is written."""

    TABLE = "table"
    JSON = "json"


@app.command("doctor")
def examine_source(
    ctx: typer.Context,
    exact: Annotated[bool, typer.Option("--exact", help="Scan the tables: count and look at every row.")] = False,
    require_read_only: Annotated[
        bool, typer.Option("--require-read-only", help="End with 7 where the role may modify the log it audits.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How to write what was found.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a new file instead of stdout.")] = None,
) -> None:
    """Say what the source is, what it can hold since when, and what this role may do; by bounded probes."""
    from auditctl.doctor.examine import examine

    context: Context = ctx.obj
    if require_read_only:
        context = replace(context, require_read_only=True)
    with context.opened(enforce=False) as opened:
        found = examine(opened.source, context.catalogue, context.settings, exact=exact)
        refusal = opened.refusal
    _write(found, form, output, color=context.color)
    codes = [ExitCode.NOT_EVIDENCED] if found.unread else []
    if refusal is not None:
        complain(refusal)
        codes.append(refusal.exit_code)
    raise typer.Exit(worst(codes))


def _write(found: Examination, form: Format, output: Path | None, *, color: bool) -> None:
    from auditctl.commit import write_whole

    if output is not None:
        write_whole(output, lambda stream: _write_file(found, form, stream))
    else:
        _write_text(found, form, sys.stdout, width=None, color=color)


def _write_file(found: Examination, form: Format, stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n", write_through=True)
    _write_text(found, form, text, width=_FILE_WIDTH, color=False)
    text.detach()


def _write_text(found: Examination, form: Format, stream: TextIO, *, width: int | None, color: bool) -> None:
    if form is Format.JSON:
        from auditctl.render.doctor_json import doctor_dict

        stream.write(json.dumps(doctor_dict(found), indent=2) + "\n")
        return
    from auditctl.render.doctor import write_examination
    from auditctl.render.table import open_console

    console = open_console(stream, width)
    console.no_color = not color
    write_examination(found, console)
