"""Tables of evidence for a page: the rows that are shown, what was cut, and where the rest is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from auditctl.catalogue.model import Column, ColumnType, Kind
from auditctl.render.arrangement import GAP, REFERENCE, arrange
from auditctl.render.fonts import drawable
from auditctl.render.values import format_value, is_number
from auditctl.run.evidence import Evidence, row_names
from auditctl.text import show

CELL_LIMIT = 300
"""Characters of a value that a page shows at most."""
_ROOM_OF_A_CELL = 900
# What a page writes as its code point takes so many characters: a text of them would fill pages.
_CODE_POINT = 9
SHOWN_ROWS = {Kind.DEVIATION: 50, Kind.INDICATOR: 10, Kind.LISTING: 5}
"""Rows that a page shows at most: each exception needs an explanation, of a listing a glance is enough."""

# Characters of a table's type size that fit in the text width of an upright A4 page.
_ROOM = 90
_CODE = frozenset({ColumnType.SQL, ColumnType.JSON, ColumnType.URL})


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is shown, and how many of its characters are not."""

    text: str
    cut: int
    look: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column, and its share of the table's width in percent."""

    label: str
    look: str
    share: int


@dataclass(frozen=True, slots=True)
class Row:
    """The cells side by side, and the paragraphs below them, each cell with its label."""

    cells: tuple[Cell, ...]
    below: tuple[tuple[tuple[str, Cell], ...], ...]
    remark: str
    """What management says of it; empty, or a sentence."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a result that a page shows."""

    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    common: tuple[tuple[str, Cell], ...]
    """Label and value of the columns that are the same in every row that is shown."""
    total: int
    file: str
    """Where all `total` rows are, inside the pack."""


def page_of(evidence: Evidence, remarks: Mapping[str, str]) -> Page:
    """Return what a page shows of a result: its flagged rows; of a listing its first rows.

    `remarks` are sentences about rows, by what names a row.
    """
    listing = evidence.query.kind is Kind.LISTING
    cap, total = SHOWN_ROWS[evidence.query.kind], evidence.rows if listing else evidence.flagged
    file = f"evidence/{evidence.name}/{'rows' if listing else 'exceptions'}.csv"
    named = list(_records(evidence, cap, flagged_only=not listing))
    records = [record for _, record in named]
    columns = evidence.columns
    plan = arrange(columns, [[show(cell.text) for cell in record] for record in records], _ROOM)
    heads = tuple(
        Head(columns[at].label, _look(columns[at]), share)
        for at, share in zip(plan.line, _shares(plan.widths), strict=True)
    )
    rows = tuple(
        Row(
            tuple(record[at] for at in plan.line),
            tuple(paragraph for paragraph in (_named(columns, record, places) for places in plan.below) if paragraph),
            remarks.get(name, ""),
        )
        for name, record in named
    )
    common = _named(columns, records[0], plan.common) if records else ()
    return Page(heads, rows, common, total, file)


def cut(text: str, look: str = "words") -> Cell:
    """Return as much of a text as a page shows."""
    kept = text[:CELL_LIMIT]
    if not (kept.isascii() and kept.isprintable()):
        glyphs = drawable()
        ends = accumulate(1 if char.isprintable() and ord(char) in glyphs else _CODE_POINT for char in kept)
        kept = kept[: sum(end <= _ROOM_OF_A_CELL for end in ends)]
    return Cell(kept, len(text) - len(kept), look)


def _shares(widths: Sequence[int]) -> list[int]:
    """Return the shares in percent: rounded, and yet a hundred together."""
    ends = list(accumulate(width + GAP for width in widths))
    rounded = [0, *(round(100 * end / ends[-1]) for end in ends)]
    return [until - since for since, until in pairwise(rounded)]


def _records(evidence: Evidence, cap: int, *, flagged_only: bool) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    rows = evidence.flagged_rows() if flagged_only else evidence.all_rows()
    left = cap
    for batch in rows.batches():
        batch = batch.slice(0, left)
        left -= batch.num_rows
        values = zip(*(batch.column(column.name).to_pylist() for column in rows.columns), strict=True)
        for name, record in zip(row_names(evidence.query, batch), values, strict=True):
            yield name, tuple(_cell(value, column) for value, column in zip(record, rows.columns, strict=True))
        if left <= 0:
            return


def _named(columns: Sequence[Column], record: Sequence[Cell], places: Sequence[int]) -> tuple[tuple[str, Cell], ...]:
    return tuple((columns[at].label, record[at]) for at in places if record[at].text.strip())


def _cell(value: object, column: Column) -> Cell:
    return cut(format_value(value, column), _look(column))


def _look(column: Column) -> str:
    if is_number(column):
        return "number"
    return "code" if column.name == REFERENCE or column.type in _CODE else "words"
