"""A query's answer on a terminal: outcome first, table after, hints last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from auditctl.assess.model import Word
from auditctl.catalogue.model import Column
from auditctl.render.answer import Answer
from auditctl.render.arrangement import GAP, Arrangement, arrange
from auditctl.render.values import format_value, is_number
from auditctl.run.evidence import Rows
from auditctl.text import show

_CELL_LIMIT = 300
_GAP = " " * GAP
_SECONDARY = "dim"
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


def open_console(stream: TextIO, width: int | None = None) -> Console:
    """Return a console that obeys nothing it is given to print; `width` overrides that of the terminal."""
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def write_table(answer: Answer, console: Console, *, limit: int = 200) -> None:
    """Print an answer, folded to the console's width: at most `limit` rows, and how to get the others."""
    console.print(_headline(answer.headline, console))
    for note in answer.notes:
        console.print(_text(note, console))
    records = list(islice(_records(answer.rows, console), limit))
    if records:
        console.print()
        _print_records(answer.rows.columns, records, console)
    hints = list(answer.hints)
    if answer.count > len(records):
        hints.insert(0, f"{answer.count - len(records):,} more rows; all of them: --format csv --output FILE")
    if hints:
        console.print()
    for hint in hints:
        console.print(_text(hint, console, _SECONDARY))


def _records(rows: Rows, console: Console) -> Iterable[_Record]:
    names = [column.name for column in rows.columns] + ["flagged"]
    for batch in rows.batches():
        for *values, flagged in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            cells = (format_value(value, column) for value, column in zip(values, rows.columns, strict=True))
            yield _Record(tuple(_encodable(show(cell, _CELL_LIMIT), console) for cell in cells), bool(flagged))


def _print_records(columns: Sequence[Column], records: Sequence[_Record], console: Console) -> None:
    unicode = console.encoding.lower().startswith("utf")
    mark = ("▲ " if unicode else "! ") if any(record.flagged for record in records) else ""
    longest = [max(cell_len(record.cells[at]) for record in records) for at in range(len(columns))]
    plan = arrange(columns, longest, console.width - len(mark))
    margin = " " * len(mark)
    labels = tuple(_encodable(show(column.label), console) for column in columns)
    for line in _lines(columns, labels, plan, console):
        _print_line(margin, line, console, _SECONDARY)
    across = sum(plan.widths) + len(_GAP) * (len(plan.widths) - 1)
    _print_line(margin, Text(("─" if unicode else "-") * across), console, _SECONDARY)
    for record in records:
        for number, line in enumerate(_lines(columns, record.cells, plan, console)):
            _print_line(mark if record.flagged and number == 0 else margin, line, console)
        for paragraph in plan.below:
            named = [(labels[at], record.cells[at]) for at in paragraph if record.cells[at].strip()]
            if named:
                _print_below(named, margin + _GAP, console)


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


def _print_below(named: Sequence[tuple[str, str]], margin: str, console: Console) -> None:
    text = Text(_GAP).join(Text.assemble((f"{label}: ", _SECONDARY), cell) for label, cell in named)
    for number, line in enumerate(text.wrap(console, console.width - len(margin) - 2, overflow="fold")):
        _print_line(margin if number == 0 else margin + "  ", line, console)


def _print_line(margin: str, line: Text, console: Console, style: str = "") -> None:
    whole = Text.assemble(margin, line, style=style)
    whole.rstrip()
    console.print(whole, soft_wrap=True)


def _headline(headline: str, console: Console) -> Text:
    text = _text(headline, console)
    for word, style in _STYLES.items():
        if headline.startswith(word):
            text.stylize(style, 0, len(word))
    return text


def _text(value: str, console: Console, style: str = "") -> Text:
    return Text(_encodable(show(value), console), style=style, overflow="fold")


def _encodable(text: str, console: Console) -> str:
    """Write what the terminal's encoding lacks as code points: an answer must not end in an encoding error."""
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        return "".join(char if char.encode(console.encoding, "ignore") else f"\\u{{{ord(char):x}}}" for char in text)
    return text
