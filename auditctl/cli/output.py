"""Where rows go: a table on the terminal, CSV or JSON lines on stdout, or any of them into a new file."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from auditctl.cli.formats import Format
from auditctl.commit import write_whole
from auditctl.errors import UsageError
from auditctl.render.answer import Answer
from auditctl.render.jsonl import write_jsonl
from auditctl.render.table import open_console, write_table
from auditctl.run.csvfile import write_csv

_FILE_WIDTH = 160


def write_answers(answers: Sequence[Answer], form: Format, output: Path | None, *, color: bool) -> None:
    """Write answers as a table, or the rows of the first as CSV, JSON lines or a workbook.

    Raises:
        UsageError: a workbook on a terminal.
        OutputError: `output` exists or cannot be written; nothing of it is there.
    """
    if output is not None:
        write_whole(output, lambda stream: _write(answers, form, stream, width=_FILE_WIDTH, color=False))
    elif form is Format.TABLE:
        _write_tables(answers, sys.stdout, width=None, color=color)
    elif form is Format.XLSX and sys.stdout.isatty():
        raise UsageError("a workbook is nothing for a terminal", hint="Give --output FILE.xlsx")
    else:
        _write(answers, form, sys.stdout.buffer, width=None, color=False)
        sys.stdout.buffer.flush()


def _write(answers: Sequence[Answer], form: Format, stream: BinaryIO, *, width: int | None, color: bool) -> None:
    match form:
        case Format.CSV:
            write_csv(answers[0].rows, stream)
        case Format.JSONL:
            write_jsonl(answers[0].rows, stream)
        case Format.XLSX:
            from auditctl.render.xlsx import write_rows  # no other format needs its library

            write_rows(answers[0].rows, answers[0].headline, stream)
        case Format.TABLE:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n", write_through=True)
            _write_tables(answers, text, width=width, color=color, limit=sys.maxsize)
            text.detach()


def _write_tables(
    answers: Sequence[Answer], stream: TextIO, *, width: int | None, color: bool, limit: int | None = None
) -> None:
    console = open_console(stream, width)
    console.no_color = not color
    for number, answer in enumerate(answers):
        if number:
            console.print()
        if limit is None:
            write_table(answer, console)
        else:
            write_table(answer, console, limit=limit)
