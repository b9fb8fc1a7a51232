"""A query's answer on a terminal: outcome first, table after, hints last."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from auditctl.assess.model import Word
from auditctl.catalogue.model import Column, ColumnType
from auditctl.render.answer import Answer
from auditctl.render.arrangement import GAP, Arrangement, arrange
from auditctl.render.bars import draw_bars
from auditctl.render.values import format_value, is_number
from auditctl.run.evidence import Rows
from auditctl.text import show

_CELL_LIMIT = 300
_GAP = " " * GAP
_SECONDARY = "dim"
_BAR_LEAST, _BAR_MOST, _BAR_SHARE = 10, 40, 6
_STYLES = {
    Word.ERROR: "bold red",
    Word.EXCEPTIONS: "bold red",
    Word.NOT_EVIDENCED: "bold yellow",
    Word.ITEMS: "bold yellow",
}


@dataclass(frozen=True, slots=True)
class _Record:
    cells: tuple[str, ...]
    flagged: bool


class _Console(Console):
    """A console whose reader going away is an error like any other, not an exit of the process."""

    def on_broken_pipe(self) -> None:
        """Raise what rich would swallow.

        Raises:
            BrokenPipeError: always.
        """
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def open_console(stream: TextIO, width: int | None = None) -> Console:
    """Return a console that obeys nothing it is given to print; `width` overrides that of the terminal."""
    return _Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def write_table(answer: Answer, console: Console, *, limit: int = 200) -> None:
    """Print an answer, folded to the console's width: at most `limit` rows, and how to get the others."""
    write_outcome(answer.headline, console)
    for note in answer.notes:
        write_text(note, console)
    records = list(islice(_records(answer.rows, console), limit))
    if records:
        console.print()
        _write_records(answer.rows.columns, records, console)
    hints = list(answer.hints)
    if answer.count > len(records):
        hints.insert(0, f"{answer.count - len(records):,} more rows; all of them: --format csv --output FILE")
    if hints:
        console.print()
    for hint in hints:
        write_text(hint, console, _SECONDARY)


def write_rows(columns: Sequence[Column], rows: Iterable[Sequence[object]], console: Console) -> None:
    """Print rows of values, one per column, folded to the console's width; nothing where there are none."""
    records = [_Record(_cells(values, columns, console), flagged=False) for values in rows]
    if records:
        _write_records(columns, records, console)


def write_text(text: object, console: Console, style: str = "", *, margin: str = "", fold: bool = True) -> None:
    """Print a text from anywhere, made safe, and folded unless somebody may want to copy it in one piece."""
    shown = Text(_visible(text, console), style)
    if fold:
        _write_folded(shown, margin, margin, console)
    else:
        _write_line(Text.assemble(margin, shown), console)


def write_outcome(sentence: str, console: Console, *, label: str = "") -> None:
    """Print a sentence that begins with the word of an outcome, which stands out; `label` stands before it."""
    text = Text(_visible(sentence, console))
    text.stylize(next((style for word, style in _STYLES.items() if sentence.startswith(word)), "bold"), 0, _word(text))
    margin = _visible(label, console)
    _write_folded(text, margin, " " * cell_len(margin), console)


def write_pairs(pairs: Iterable[tuple[str, object]], console: Console) -> None:
    """Print names and values in two columns; long values fold inside theirs."""
    shown = [(_visible(name, console), _visible(value, console)) for name, value in pairs]
    across = max((cell_len(name) for name, _ in shown), default=0) + GAP
    for name, value in shown:
        margin = Text(name.ljust(across), _SECONDARY)
        _write_folded(Text(value), margin, " " * across, console)


def _word(text: Text) -> int:
    """The length of what stands before the first colon."""
    end = text.plain.find(":")
    return len(text) if end < 0 else end


def _records(rows: Rows, console: Console) -> Iterable[_Record]:
    names = [column.name for column in rows.columns] + ["flagged"]
    for batch in rows.batches():
        for *values, flagged in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            yield _Record(_cells(values, rows.columns, console), bool(flagged))


def _cells(values: Iterable[object], columns: Sequence[Column], console: Console) -> tuple[str, ...]:
    shown = (format_value(value, column) for value, column in zip(values, columns, strict=True))
    return tuple(_visible(cell, console, _CELL_LIMIT) for cell in shown)


def _write_records(columns: Sequence[Column], records: Sequence[_Record], console: Console) -> None:
    unicode = _is_unicode(console)
    mark = ("▲ " if unicode else "! ") if any(record.flagged for record in records) else ""
    margin = " " * len(mark)
    columns, records = _with_bars(columns, records, console)
    plan = arrange(columns, [record.cells for record in records], console.width - len(mark))
    labels = tuple(_visible(column.label, console) for column in columns)
    if plan.common:
        named = [(labels[at], records[0].cells[at]) for at in plan.common if labels[at]]
        _write_named(named, margin, console, before="In every row shown: ")
        console.print()
    for line in _lines(columns, labels, plan, console):
        _write_line(Text.assemble(margin, line, style=_SECONDARY), console)
    across = sum(plan.widths) + GAP * (len(plan.widths) - 1)
    _write_line(Text(margin + ("─" if unicode else "-") * across, _SECONDARY), console)
    for record in records:
        for number, line in enumerate(_lines(columns, record.cells, plan, console)):
            _write_line(Text.assemble(mark if record.flagged and number == 0 else margin, line), console)
        for paragraph in plan.below:
            named = [(labels[at], record.cells[at]) for at in paragraph if labels[at] and record.cells[at].strip()]
            if named:
                _write_named(named, margin + _GAP, console)


def _with_bars(
    columns: Sequence[Column], records: Sequence[_Record], console: Console
) -> tuple[Sequence[Column], Sequence[_Record]]:
    """Put a column of bars, without a label, behind each column that asks for one; they grow with the room."""
    width = max(_BAR_LEAST, min(_BAR_MOST, console.width // _BAR_SHARE))
    for at in [at for at, column in enumerate(columns) if column.bar][::-1]:
        bars = draw_bars([record.cells[at] for record in records], width, unicode=_is_unicode(console))
        columns = (*columns[: at + 1], Column(f"{columns[at].name}_bar", "", ColumnType.TEXT), *columns[at + 1 :])
        records = [
            _Record((*record.cells[: at + 1], bar, *record.cells[at + 1 :]), record.flagged)
            for record, bar in zip(records, bars, strict=True)
        ]
    return columns, records


def _is_unicode(console: Console) -> bool:
    return console.encoding.lower().startswith("utf")


def _lines(columns: Sequence[Column], cells: Sequence[str], plan: Arrangement, console: Console) -> Iterable[Text]:
    folded = []
    for at, width in zip(plan.line, plan.widths, strict=True):
        lines = Text(cells[at]).wrap(console, width, overflow="fold")
        for line in lines:
            line.align("right" if is_number(columns[at]) else "left", width)
        folded.append(lines)
    for parts in zip_longest(*folded):
        pieces = (part or Text(" " * width) for part, width in zip(parts, plan.widths, strict=True))
        yield Text(_GAP).join(pieces)


def _write_named(named: Sequence[tuple[str, str]], margin: str, console: Console, *, before: str = "") -> None:
    text = Text(_GAP).join(Text.assemble((f"{label}: ", _SECONDARY), cell) for label, cell in named)
    _write_folded(Text.assemble((before, _SECONDARY), text), margin, margin + _GAP, console)


def _write_folded(text: Text, first: str | Text, margin: str, console: Console) -> None:
    """Print a paragraph behind a margin; its first line may have one of its own of at most that width."""
    for number, line in enumerate(text.wrap(console, max(1, console.width - cell_len(margin)), overflow="fold")):
        _write_line(Text.assemble(first if number == 0 else margin, line), console)


def _write_line(line: Text, console: Console) -> None:
    line.rstrip()
    console.print(line, soft_wrap=True)


def _visible(value: object, console: Console, limit: int | None = None) -> str:
    """Make a text safe, and write what the terminal's encoding lacks as code points: it must not end in an error."""
    text = show(value, limit)
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        return "".join(char if char.encode(console.encoding, "ignore") else f"\\u{{{ord(char):x}}}" for char in text)
    return text
