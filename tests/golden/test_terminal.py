"""An answer on a terminal of any width and encoding, and as JSON lines."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from auditctl.catalogue.model import Column, ColumnType
from auditctl.render.answer import Answer
from auditctl.render.jsonl import write_jsonl
from auditctl.render.table import open_console, write_outcome, write_pairs, write_table
from auditctl.run.evidence import Rows
from auditctl.text import show

from .hard import hard_rows, write_rows

COLUMNS = (
    Column("username", "Account", ColumnType.TEXT),
    Column("statement", "Statement", ColumnType.SQL),
    Column("source_ref", "Row", ColumnType.TEXT),
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)


# Invisible, though their category is that of a letter, a mark or a symbol.
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


def looks_like_nothing(char: str) -> bool:
    return char in FILLERS or (char != " " and unicodedata.category(char) in HIDDEN)


def printed(rows: Rows, count: int, width: int = 80, **options: int) -> list[str]:
    stream = io.StringIO()
    answer = Answer("Listed: some rows", (), rows, count, 0, ("A hint.",))
    write_table(answer, open_console(stream, width), **options)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", range(40, 201, 7))
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, width: int) -> None:
    lines = printed(hard_rows(tmp_path), 8, width)
    assert max(cell_len(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)


def test_an_answer_without_rows_has_no_bare_table(tmp_path: Path) -> None:
    assert printed(write_rows(tmp_path / "none.parquet", COLUMNS, ()), 0) == ["Listed: some rows", "", "A hint."]


def test_a_long_answer_says_how_many_rows_are_left_and_how_to_get_them(tmp_path: Path) -> None:
    rows = tuple((f"user-{number}", None, f"logs:{number}") for number in range(1300))
    lines = printed(write_rows(tmp_path / "many.parquet", COLUMNS, rows), 1300, limit=200)
    assert lines[-4].split() == ["logs:199", "user-199"]
    assert lines[-3:] == ["", "1,100 more rows; all of them: --format csv --output FILE", "A hint."]


def test_a_terminal_that_knows_only_ascii_gets_ascii(tmp_path: Path) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    write_table(Answer("Zoë", (), hard_rows(tmp_path), 8, 5), open_console(stream, 80))
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert text.startswith(r"Zo\u{eb}")
    assert "\n! logs:138" in text
    assert r"\u{7ba1}" in text


COUNTS = (Column("day", "Day", ColumnType.DATE), Column("log_rows", "Log rows", ColumnType.INTEGER, bar=True))
PER_DAY = tuple((date(2026, 7, day), number) for day, number in ((1, 40), (2, 0), (3, 1), (4, 25), (5, None)))


def test_counts_have_bars_against_the_largest(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "days.parquet", COUNTS, PER_DAY)
    assert printed(rows, 5)[2:8] == [
        "Day         Log rows",
        "───────────────────────────────────",
        "2026-07-01        40  █████████████",
        "2026-07-02         0",
        "2026-07-03         1  ▍",
        "2026-07-04        25  ████████▏",
    ]


def test_bars_are_of_ascii_where_the_terminal_knows_no_more(tmp_path: Path) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    rows = write_rows(tmp_path / "days.parquet", COUNTS, PER_DAY)
    write_table(Answer("Listed: some rows", (), rows, 5, 0), open_console(stream, 60))
    stream.flush()
    lines = raw.getvalue().decode("ascii").splitlines()
    assert lines[4:9] == [
        "2026-07-01        40  ##########",
        "2026-07-02         0",
        "2026-07-03         1  #",
        "2026-07-04        25  #######",
        "2026-07-05",
    ]


def test_bars_are_left_out_where_there_is_no_room(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "days.parquet", COUNTS, PER_DAY)
    assert printed(rows, 5, width=22)[3:6] == [
        "────────────────────",
        "2026-07-01        40",
        "2026-07-02         0",
    ]


def test_what_every_row_repeats_is_said_once_above_the_table(tmp_path: Path) -> None:
    rows = tuple(("alice", "SELECT 1", f"logs:{number}") for number in range(3))
    assert printed(write_rows(tmp_path / "same.parquet", COLUMNS, rows), 3)[2:7] == [
        "In every row shown: Statement: SELECT 1",
        "",
        "Row     Account",
        "───────────────",
        "logs:0  alice",
    ]


def test_a_reader_that_goes_away_is_an_error_that_the_caller_sees(tmp_path: Path) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(text[:0])

    with pytest.raises(BrokenPipeError):
        write_table(Answer("Zoë", (), hard_rows(tmp_path), 8, 5), open_console(Gone(), 80))


def test_pairs_fold_inside_their_column_and_end_without_spaces() -> None:
    stream = io.StringIO()
    write_pairs([("action", "log"), ("json", "a b c d e f g h i j \x1b")], open_console(stream, 20))
    assert stream.getvalue().splitlines() == [
        "action  log",
        "json    a b c d e f",
        "        g h i j",
        r"        \u{1b}",
    ]


def test_the_word_of_an_outcome_stands_out_and_its_label_hangs() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=40, force_terminal=True, color_system="standard")
    write_outcome("Not evidenced: 1 of 2 tests; 1 Listed and more", console, label="CC6.1  ")
    assert stream.getvalue() == ("CC6.1  \x1b[1;33mNot evidenced\x1b[0m: 1 of 2 tests; 1\n       Listed and more\n")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), width=st.integers(30, 160))
def test_no_text_commands_the_terminal(tmp_path: Path, values: list[tuple[str, str, str]], width: int) -> None:
    lines = printed(write_rows(tmp_path / "any.parquet", COLUMNS, tuple(values)), len(values), width)
    assert not [char for line in lines for char in line if looks_like_nothing(char)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(st.none() | TEXTS, TEXTS, TEXTS), max_size=4))
def test_json_lines_lose_nothing(tmp_path: Path, values: list[tuple[str | None, str, str]]) -> None:
    stream = io.BytesIO()
    write_jsonl(write_rows(tmp_path / "any.parquet", COLUMNS, tuple(values)), stream)
    lines = stream.getvalue().decode().split("\n")[:-1]
    assert all(line.isprintable() for line in lines)
    records = [json.loads(line) for line in lines]
    assert [tuple(record.values()) for record in records] == [(*row, False) for row in values]
    assert all(list(record) == ["username", "statement", "source_ref", "flagged"] for record in records)


def test_of_all_code_points_none_that_is_hidden_comes_out_of_a_table(tmp_path: Path) -> None:
    blocks = [range(first, first + 0x80) for first in range(0, 0x110000, 0x80)]
    texts = ["".join(chr(point) for point in block if not 0xD800 <= point < 0xE000) for block in blocks]
    assert sum(map(len, texts)) == 1_114_112 - 2048
    rows = write_rows(tmp_path / "all.parquet", COLUMNS, tuple(("u", text, "r") for text in texts))
    lines = printed(rows, len(texts), 200, limit=len(texts))
    out = {char for line in lines for char in line}
    assert [char for char in out if looks_like_nothing(char)] == []
    assert {"a", "é", "管", "ي", "😀"} <= out


def test_of_all_code_points_none_that_is_hidden_is_said_or_written_as_json(tmp_path: Path) -> None:
    every = "".join(map(chr, (*range(0x40000), *range(0xE0000, 0xF0100), *range(0x10FF00, 0x110000))))
    assert [char for char in show(every) if looks_like_nothing(char)] == []
    stream = io.BytesIO()
    whole = every.encode("utf-8", "ignore").decode()
    write_jsonl(write_rows(tmp_path / "all.parquet", COLUMNS, (("u", whole, "r"),)), stream)
    line = stream.getvalue().decode().removesuffix("\n")
    assert [char for char in line if looks_like_nothing(char)] == []
    assert json.loads(line)["statement"] == whole


def test_two_names_that_look_alike_are_told_apart() -> None:
    for filler in FILLERS + "\u00a0\u3000\u200b\u202e":
        assert show(f"alice{filler}") == f"alice\\u{{{ord(filler):x}}}"
