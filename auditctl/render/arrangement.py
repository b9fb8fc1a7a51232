"""Which columns of a table stand side by side, and which below their row: decided by type and by the room there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditctl.catalogue.model import Column, ColumnType

REFERENCE = "source_ref"
"""The column by which two people find the same row; it stands first."""
FLAG_REASON = "flag_reason"

# Least and most characters that a column of a type takes; numbers and times never fold.
_WIDTHS = {
    ColumnType.TEXT: (12, 40),
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
_ALWAYS_BELOW = frozenset({ColumnType.SQL, ColumnType.JSON})
_SENTENCE = 80
GAP = 2
"""Characters between two columns."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Positions of columns: those in the line with their widths in characters, and the paragraphs below it."""

    line: tuple[int, ...]
    widths: tuple[int, ...]
    below: tuple[tuple[int, ...], ...]


def arrange(columns: Sequence[Column], longest: Sequence[int], room: int) -> Arrangement:
    """Return the arrangement of a table in `room` characters; `longest` is the longest value of each column.

    Statements, long texts and the reason of a flag always go below the row, a paragraph each: they are sentences. Of
    the others the last columns go there until the rest fits, in one paragraph.
    """
    order = sorted(range(len(columns)), key=lambda at: columns[at].name != REFERENCE)
    sentences = [at for at in order if _is_sentence(columns[at], longest[at])]
    line = [at for at in order if at not in sentences] or [sentences.pop(0)]
    moved: list[int] = []
    bounds = [_bounds(columns[at], longest[at]) for at in line]
    while len(line) > 1 and sum(least + GAP for least, _ in bounds) - GAP > room:
        moved.insert(0, line.pop())
        bounds.pop()
    widths = [least for least, _ in bounds]
    spare = room - sum(widths) - GAP * (len(widths) - 1)
    while spare > 0:
        wanting = max(range(len(widths)), key=lambda at: bounds[at][1] - widths[at])
        if bounds[wanting][1] <= widths[wanting]:
            break
        widths[wanting] += 1
        spare -= 1
    paragraphs = [[at] for at in sentences if columns[at].name == FLAG_REASON]
    paragraphs += [moved] if moved else []
    paragraphs += [[at] for at in sentences if columns[at].name != FLAG_REASON]
    return Arrangement(tuple(line), tuple(widths), tuple(tuple(paragraph) for paragraph in paragraphs))


def _is_sentence(column: Column, longest: int) -> bool:
    return column.type in _ALWAYS_BELOW or column.name == FLAG_REASON or longest > _SENTENCE


def _bounds(column: Column, longest: int) -> tuple[int, int]:
    least, most = _WIDTHS[column.type]
    word = max((len(word) for word in column.label.split()), default=1)
    wanted = max(min(longest, most), min(len(column.label), most), word)
    return max(min(least, wanted), word), wanted
