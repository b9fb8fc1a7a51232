"""The workbook, read by another library than the one that wrote it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from auditctl.catalogue.model import Column, ColumnType
from auditctl.render import xlsx
from auditctl.render.xlsx import write_report

from .hard import HARD_COLUMNS, HARD_ROWS, LONG_WORD, hard_contents, hard_rows, write_rows

WORDS = (Column("text", "Text", ColumnType.TEXT),)


def book(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def answer(folder: Path) -> bytes:
    stream = io.BytesIO()
    xlsx.write_rows(hard_rows(folder), "Failed sign-ins", stream)
    return stream.getvalue()


def written(folder: Path, *texts: str) -> list[Any]:
    """Return the sheets of a workbook of one column."""
    stream = io.BytesIO()
    rows = write_rows(folder / "rows.parquet", WORDS, tuple((text,) for text in texts))
    xlsx.write_rows(rows, "Texts", stream)
    return list(book(stream.getvalue()))


def test_times_dates_and_numbers_are_typed(tmp_path: Path) -> None:
    (sheet,) = book(answer(tmp_path))
    head, first = list(sheet.values)[:2]
    assert head == (*(column.label for column in HARD_COLUMNS), "Flagged")
    assert first[0] == datetime(2026, 7, 1, 9, 30, 5, 123000)  # noqa: DTZ001 - a spreadsheet has no zones, and no µs
    assert first[3:8] == (12, 1114, 0.5, "yes", datetime(2026, 7, 1))  # noqa: DTZ001
    assert first[-1] == "yes"
    assert sheet.cell(2, 1).number_format == "yyyy-mm-dd hh:mm:ss.000"
    assert sheet.cell(2, 8).number_format == "yyyy-mm-dd"


def test_the_last_moments_of_a_day_stay_in_it(tmp_path: Path) -> None:
    """A format without parts of a second is rounded by spreadsheets, and a number with them by the library."""
    ends = [datetime(2026, 9, 30, 23, 59, 59, 999_600), datetime(9999, 12, 31, 23, 59, 59, 999_999)]  # noqa: DTZ001
    columns = (Column("occurred_at", "Time", ColumnType.DATETIME),)
    stream = io.BytesIO()
    xlsx.write_rows(write_rows(tmp_path / "rows.parquet", columns, tuple((end,) for end in ends)), "Times", stream)
    (sheet,) = book(stream.getvalue())
    shown = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert shown == [end.replace(microsecond=999_000) for end in ends]


def test_a_number_that_a_spreadsheet_would_round_is_text(tmp_path: Path) -> None:
    (sheet,) = book(answer(tmp_path))
    assert sheet.cell(3, 4).value == "9223372036854775807"
    assert sheet.cell(8, 6).value == "inf"


def test_no_text_is_a_formula_a_link_or_a_number(tmp_path: Path) -> None:
    texts = ("=1+1", "@SUM(A1)", "http://example.org", "0123", "1e5", "mailto:a@example.org", "'", "-1")
    (sheet,) = written(tmp_path, *texts)
    cells = [sheet.cell(row, 1) for row in range(2, 2 + len(texts))]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [(text, "s", None) for text in texts]


def test_what_cannot_be_seen_is_written_as_its_code_point_and_lines_stay_lines(tmp_path: Path) -> None:
    (sheet,) = written(tmp_path, "\u202emoc.live", "a\x00b", "SELECT 1\nFROM t", "\x1b[31mred")
    shown = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert shown == ["\\u{202e}moc.live", "a\\u{0}b", "SELECT 1\nFROM t", "\\u{1b}[31mred"]


def test_an_empty_text_and_no_value_are_both_blank_and_no_row_is_lost(tmp_path: Path) -> None:
    (sheet,) = book(answer(tmp_path))
    assert sheet.max_row == 1 + len(HARD_ROWS)
    assert sheet.cell(4, 2).value is None


@pytest.mark.parametrize(("text", "whole"), [("x" * 32_767, True), ("x" * 32_768, False), ("🦉" * 16_384, False)])
def test_a_text_beyond_what_a_cell_holds_is_cut_and_says_so(text: str, whole: bool, tmp_path: Path) -> None:
    (sheet,) = written(tmp_path, text)
    value = sheet.cell(2, 1).value
    assert len(value.encode("utf-16-le")) // 2 <= 32_767
    if whole:
        assert value == text
    else:
        assert value.endswith(f" ... (cut; {len(text):,} characters, all in CSV and JSON lines)")


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    sheets = written(tmp_path, *"abcdefg")
    assert [(sheet.title, [row[0] for row in sheet.values]) for sheet in sheets] == [
        ("Rows", ["Text", "a", "b", "c"]),
        ("Rows (2)", ["Text", "d", "e", "f"]),
        ("Rows (3)", ["Text", "g"]),
    ]
    assert [sheet.auto_filter.ref for sheet in sheets] == ["A1:B4", "A1:B4", "A1:B2"]
    assert {sheet.freeze_panes for sheet in sheets} == {"A2"}


def test_a_pack_has_a_summary_a_register_and_a_sheet_per_query(tmp_path: Path) -> None:
    stream = io.BytesIO()
    write_report(hard_contents(tmp_path), stream)
    sheets = book(stream.getvalue())
    assert sheets.sheetnames == ["Cover", "Summary", "Register", "access_listing", "failed_logins", "leavers_active"]
    cover = dict(sheets["Cover"].iter_rows(min_row=2, values_only=True))
    assert cover["Status"].startswith("INTERIM")
    assert cover["Period"].startswith("2026-Q3: ")
    assert "no conclusion on compliance" in cover["What this is not"]
    outcomes = [row[:5:4] for row in sheets["Summary"].iter_rows(min_row=2, values_only=True)]
    assert outcomes == [
        ("SOC2:CC6.1", "Exceptions noted"),
        ("SOC2:CC6.1", "Listed"),
        ("SOC2:CC6.1", "No exceptions noted"),
        ("SOC2:CC6.1", "Error"),
        ("SOC2:CC8.1", "No exceptions noted"),
    ]
    register = list(sheets["Register"].iter_rows(min_row=2, values_only=True))
    assert [row[3] for row in register] == ["logs:138", "logs:139", "logs:140", "logs:142", "query:7"]
    waived = r"Waiver until 2026-12-31, by CISO: Known: <i>see</i> RISK-7 \u{1b}"
    assert [row[5] for row in register] == [None, None, None, waived, None]
    assert {row[6:] for row in register} == {(None, None, None)}  # room for what is decided
    assert {row[:3] for row in register} == {("SOC2:CC6.1", "Failed logins", "item for review")}
    assert str(register[3][4]).startswith(LONG_WORD[:100])


def test_two_workbooks_of_one_report_are_the_same_bytes(tmp_path: Path) -> None:
    contents = hard_contents(tmp_path)
    first, second = io.BytesIO(), io.BytesIO()
    write_report(contents, first)
    write_report(contents, second)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as file:
        assert len({entry.date_time for entry in file.infolist()}) == 1
        assert b"2026-10-02T" in file.read("docProps/core.xml")  # when the report was made, not now


def test_nothing_is_left_beside_the_rows(tmp_path: Path) -> None:
    answer(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["hard.parquet"]
