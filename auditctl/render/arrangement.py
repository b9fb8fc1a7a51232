"""Which columns of a table stand side by side, and which below their row: decided by type, by text and by room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from auditctl.catalogue.model import Column, ColumnType

REFERENCE = "source_ref"
"""The column by which two people find the same row; it stands first."""
FLAG_REASON = "flag_reason"

# Least and most characters that a column of a type takes; numbers and times never fold.
_WIDTHS = {
    ColumnType.INTEGER: (20, 20),
    ColumnType.DECIMAL: (20, 20),
    ColumnType.BOOLEAN: (3, 5),
    ColumnType.DATE: (10, 10),
    ColumnType.DATETIME: (19, 19),
    ColumnType.DURATION_MS: (20, 20),
    ColumnType.URL: (20, 60),
    ColumnType.SQL: (30, 60),
    ColumnType.JSON: (30, 60),
}
_CODE = frozenset({ColumnType.SQL, ColumnType.JSON})
# A longer text would fold to a narrow tower beside short ones; in a wide room, one of a larger part of it.
_SENTENCE = 48
_SENTENCE_PERCENT = 30
_LABEL = 20
# A word up to this long is never broken: an account, an address of e-mail; a reference is often shorter.
_WORD = 30
_REFERENCE_WORD = 22
# Two equal rows may be chance; from three on, saying it once is shorter.
_REPEATED = 3
GAP = 2
"""Characters between two columns."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Positions of columns; each column has one place."""

    line: tuple[int, ...]
    """Side by side."""
    widths: tuple[int, ...]
    """Of those in the line, in characters."""
    below: tuple[tuple[int, ...], ...]
    """The paragraphs below each row."""
    common: tuple[int, ...]
    """Not in any row: the same in every row, so that they are said once, above the table."""


def arrange(columns: Sequence[Column], records: Sequence[Sequence[str]], room: int) -> Arrangement:
    """Return the arrangement of `records`, the texts of each row by column, in `room` characters.

    Statements, long texts and the reason of a flag always go below the row: they are sentences. Of the others the last
    columns go there until the rest fits.
    """
    order = sorted(range(len(columns)), key=lambda at: columns[at].name != REFERENCE)
    texts = [[record[at] for record in records] for at in range(len(columns))]
    limit = max(_SENTENCE, room * _SENTENCE_PERCENT // 100)
    sentences = [at for at in order if _is_sentence(columns[at], texts[at], limit)]
    line = [at for at in order if at not in sentences] or [sentences.pop(0)]
    moved: list[int] = []
    bounds = [_bounds(columns[at], texts[at], limit) for at in line]
    while len(line) > 1 and sum(least + GAP for least, _ in bounds) - GAP > room:
        moved.insert(0, line.pop())
        bounds.pop()
    below = [at for at in sentences if columns[at].name == FLAG_REASON] + moved
    below += [at for at in sentences if at not in below]
    common = [at for at in below if len(records) >= _REPEATED and texts[at][0].strip() and len(set(texts[at])) == 1]
    paragraphs = _paragraphs(columns, [at for at in below if at not in common])
    return Arrangement(tuple(line), _widths(bounds, room), paragraphs, tuple(common))


def _paragraphs(columns: Sequence[Column], below: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """One paragraph for everything in words, the reason first, and one for each statement."""
    words = tuple(at for at in below if columns[at].type not in _CODE)
    return (*([words] if words else []), *((at,) for at in below if at not in words))


def _widths(bounds: Sequence[tuple[int, int]], room: int) -> tuple[int, ...]:
    """Share what is left of the room among the columns that want more, the neediest first."""
    widths = [least for least, _ in bounds]
    spare = room - sum(widths) - GAP * (len(widths) - 1)
    while spare > 0:
        wanting = max(range(len(widths)), key=lambda at: bounds[at][1] - widths[at])
        if bounds[wanting][1] <= widths[wanting]:
            break
        widths[wanting] += 1
        spare -= 1
    return tuple(widths)


def _is_sentence(column: Column, texts: Sequence[str], limit: int) -> bool:
    return column.type in _CODE or column.name == FLAG_REASON or _longest(texts) > limit


def _bounds(column: Column, texts: Sequence[str], limit: int) -> tuple[int, int]:
    least, most = _WIDTHS.get(column.type, (12, limit))
    label = _longest(column.label.split())
    word = _longest([word for text in texts for word in text.split()])
    unbroken = min(word, _REFERENCE_WORD if column.name == REFERENCE else _WORD)
    wanted = max(min(_longest(texts), most), min(len(column.label), _LABEL), label)
    return max(min(max(least, unbroken), wanted), label), wanted


def _longest(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts), default=0)
