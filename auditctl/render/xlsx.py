"""Results as a workbook: typed dates and numbers, text that is always text, nothing cut without saying so."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from auditctl.catalogue.model import Column, ColumnType, Kind
from auditctl.errors import OutputError
from auditctl.render.changes import change_rows
from auditctl.render.contents import PackContents
from auditctl.render.register import register_of
from auditctl.render.wording import instant
from auditctl.run.evidence import Rows
from auditctl.text import show
from auditctl.workspace import reporting

LONGEST_CELL = 32_767
"""Characters (UTF-16 units) that a cell can hold."""
MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""

_NAME_LENGTH = 31
_EXACT = 2**53  # a spreadsheet's numbers are doubles
_FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets disagree on what day a number is
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_WIDTHS = {
    ColumnType.DATETIME: 24,
    ColumnType.DATE: 12,
    ColumnType.INTEGER: 10,
    ColumnType.DECIMAL: 10,
    ColumnType.DURATION_MS: 12,
    ColumnType.BOOLEAN: 8,
    ColumnType.SQL: 60,
    ColumnType.JSON: 60,
}


def _text(name: str, label: str) -> Column:
    return Column(name, label, ColumnType.TEXT)


_FLAGGED = Column("flagged", "Flagged", ColumnType.BOOLEAN)
_COVER = (_text("item", "Item"), _text("value", "Value"))
_SUMMARY = (
    _text("control", "Control"),
    _text("title", "Title"),
    _text("test", "Test"),
    _text("procedure", "Procedure"),
    _text("outcome", "Outcome"),
    _text("sentence", "What was found"),
    Column("population", "Population", ColumnType.INTEGER),
    Column("rows", "Rows", ColumnType.INTEGER),
    Column("flagged", "Flagged", ColumnType.INTEGER),
    _text("file", "Rows are in"),
)
_REGISTER = (
    _text("controls", "Controls"),
    _text("query", "Found by"),
    _text("kind", "What it is"),
    _text("row", "Row"),
    _text("flag_reason", "Flagged because"),
    _text("disposition", "Disposition"),
    _text("owner", "Owner"),
    _text("due", "Due"),
    _text("ticket", "Ticket"),
)
_CHANGES = (
    _text("what", "What"),
    _text("change", "Change"),
    _text("where", "Where"),
    _text("row", "Row"),
    _text("before", "Before"),
    _text("after", "Now"),
    _text("remark", "Remark"),
)


def write_rows(rows: Rows, title: str, stream: BinaryIO) -> None:
    """Write the rows of one query, and whether each is flagged; those that a sheet cannot hold go on in the next.

    It is built beside the rows, in their private folder; `stream` need not be able to seek.

    Raises:
        OutputError: a text does not fit, or the disk is full.
    """
    with _Book(stream, rows.path.parent, title) as book:
        columns = (*rows.columns, _FLAGGED)
        book.sheet("Rows", columns, _records(rows, columns), "")


def write_report(contents: PackContents, stream: BinaryIO) -> None:
    """Write a pack's workbook: the summary, every flagged row with room for its disposition, and a sheet per query.

    Raises:
        OutputError: a text does not fit, or the disk is full.
    """
    title = f"{contents.framework.title}, {contents.period.label} ({contents.status})"
    with _Book(stream, contents.population.dir, title, contents.generated_at) as book:
        book.sheet("Cover", _COVER, _cover(contents), "")
        book.sheet("Summary", _SUMMARY, _summary(contents), "")
        book.sheet("Register", _REGISTER, _register(contents), "")
        if contents.changes is not None:
            book.sheet("Changes", _CHANGES, change_rows(contents.changes), "")
        for name, evidence in sorted(contents.evidence.items()):
            columns = evidence.columns if evidence.query.kind is Kind.LISTING else (*evidence.columns, _FLAGGED)
            book.sheet(name, columns, _records(evidence.all_rows(), columns), f"evidence/{name}/rows.csv")


class _Book:
    """A workbook that is written row by row, so that its size costs no memory."""

    def __init__(self, stream: BinaryIO, folder: Path, title: str, created: datetime | None = None) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._stream = stream
        self._path = folder / "workbook.xlsx"
        self._book = Workbook(str(self._path), options)
        properties: dict[str, object] = {"title": _visible(title)}
        if created is not None:  # two renderings of one report are the same bytes
            properties["created"] = created.replace(tzinfo=None)
        self._book.set_properties(properties)
        self._head = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._plain = self._book.add_format({"valign": "top"})
        self._formats = {
            ColumnType.DATETIME: self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000", "valign": "top"}),
            ColumnType.DATE: self._book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        }
        self._names: set[str] = set()

    def __enter__(self) -> _Book:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            try:
                self._book.close()
            except XlsxWriterException as error:
                if error.args and isinstance(error.args[0], OSError):
                    with reporting(self._path):
                        raise error.args[0] from error
                raise OutputError(f"the workbook cannot be written: {error}") from error
            if kind is None:
                with self._path.open("rb") as file:
                    while data := file.read(1 << 20):
                        self._stream.write(data)
        finally:
            self._path.unlink(missing_ok=True)

    def sheet(self, name: str, columns: Sequence[Column], records: Iterable[Sequence[object]], file: str) -> None:
        """Write a table; `file` is where a cell that is cut can be read in full."""
        sheet, row = self._new(name, columns), 0
        for record in records:
            if row == MOST_ROWS:
                self._finish(sheet, columns, row)
                sheet, row = self._new(name, columns), 0
            row += 1
            for at, (value, column) in enumerate(zip(record, columns, strict=True)):
                self._write(sheet, row, at, value, column, file)
        self._finish(sheet, columns, row)

    def _new(self, name: str, columns: Sequence[Column]) -> Worksheet:
        sheet = self._book.add_worksheet(self._name(name))
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, _WIDTHS.get(column.type, min(40, max(14, len(column.label) + 2))))
            sheet.write_string(0, at, _visible(column.label), self._head)
        return sheet

    def _finish(self, sheet: Worksheet, columns: Sequence[Column], rows: int) -> None:
        if rows:
            sheet.autofilter(0, 0, rows, len(columns) - 1)

    def _name(self, wanted: str) -> str:
        base = _NOT_IN_A_NAME.sub("_", _visible(wanted)).strip("'") or "rows"
        for number in range(1, len(self._names) + 2):
            suffix = "" if number == 1 else f" ({number})"
            name = base[: _NAME_LENGTH - len(suffix)] + suffix
            if name.casefold() not in self._names:
                break
        self._names.add(name.casefold())
        return name

    def _write(self, sheet: Worksheet, row: int, at: int, value: object, column: Column, file: str) -> None:
        form = self._formats.get(column.type, self._plain)
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_string(row, at, "yes" if value else "no", form)
        elif isinstance(value, date) and _day(value) >= _FIRST_DAY:  # a datetime is a date too
            sheet.write_datetime(row, at, _shown(value), form)
        elif isinstance(value, int | float) and abs(value) <= _EXACT and math.isfinite(value):
            sheet.write_number(row, at, value, form)
        else:
            _check(sheet.write_string(row, at, _cell(str(value), file), form))


def _check(written: int) -> None:
    if written != 0:
        raise OutputError("the workbook cannot hold a text", hint="Write CSV instead")


def _shown(value: date) -> date:
    """Cut to the milliseconds of a cell: rounded, the last moments of a day would be shown as of the next."""
    return value.replace(microsecond=value.microsecond // 1000 * 1000) if isinstance(value, datetime) else value


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _cell(text: str, file: str) -> str:
    """Return a text as a cell can hold it, every line of it visible."""
    shown = _visible(text)
    if _units(shown) <= LONGEST_CELL:
        return shown
    note = f" ... (cut; {len(text):,} characters{f', all in {file}' if file else ', all in CSV and JSON lines'})"
    room = LONGEST_CELL - len(note)
    kept = shown.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    return kept + note


def _visible(text: str) -> str:
    return "\n".join(show(line) for line in text.split("\n"))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _records(rows: Rows, columns: Sequence[Column]) -> Iterator[tuple[object, ...]]:
    for batch in rows.batches():
        yield from zip(*(batch.column(column.name).to_pylist() for column in columns), strict=True)


def _cover(contents: PackContents) -> Iterator[tuple[object, ...]]:
    """Yield what every sheet must be read with: of what, until when, how final, and what it is not."""
    period = contents.period
    yield "Framework", f"{contents.framework.title}, {contents.framework.edition}"
    yield "Status", "; ".join((contents.status, *contents.status_reasons))
    yield "Period", f"{period.label}: {period.span}"
    yield "Evidence cut-off", instant(contents.cut_off)
    yield "Source read at", instant(contents.population.read_at)
    yield "Pack", contents.name
    yield "Pack id", contents.pack_id
    if contents.supersedes:
        yield "Supersedes", contents.supersedes
    for note in contents.input_notes:
        yield "Input files", note
    yield "What this is not", "Result of management's own procedures on Superset data; no conclusion on compliance."
    yield (
        "Where the rest is",
        "Limits, coverage and method of each test are in report.html and, where there is one, report.pdf.",
    )


def _summary(contents: PackContents) -> Iterator[tuple[object, ...]]:
    for result in contents.results:
        for outcome in result.outcomes:
            evidence = outcome.evidence
            tested: tuple[object, ...] = (None, None, None, None)
            if evidence is not None:
                listed = evidence.query.kind is Kind.LISTING
                flagged = None if listed else evidence.flagged
                tested = (evidence.population, evidence.rows, flagged, f"evidence/{evidence.name}/rows.csv")
            what = (str(outcome.word), outcome.sentence)
            yield (result.control.id, result.control.title, outcome.test.id, outcome.test.procedure, *what, *tested)


def _register(contents: PackContents) -> Iterator[tuple[object, ...]]:
    """Yield every flagged row, with empty cells for what is decided about it."""
    for item in register_of(contents):
        kind = "exception" if item.kind is Kind.DEVIATION else "item for review"
        yield (", ".join(item.controls), item.title, kind, item.key, item.reason, item.waiver, None, None, None)
