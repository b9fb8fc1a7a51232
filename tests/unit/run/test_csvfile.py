from __future__ import annotations

import csv
import io
import stat
import tempfile
import unicodedata
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditctl.catalogue.model import Column, ColumnType
from auditctl.errors import OutputError
from auditctl.run.csvfile import unguard, write_csv
from auditctl.run.evidence import Rows

ARROW = {
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DURATION_MS: pa.int64(),
    ColumnType.DECIMAL: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.DATETIME: pa.timestamp("us"),
}
Cells = list[object]


def rows_of(folder: Path, columns: dict[str, tuple[ColumnType, Cells]], flagged: list[bool] | None = None) -> Rows:
    arrays = {name: pa.array(cells, ARROW.get(type_, pa.string())) for name, (type_, cells) in columns.items()}
    count = len(next(iter(arrays.values())))
    arrays["flagged"] = pa.array(flagged if flagged is not None else [False] * count, pa.bool_())
    path = folder / "rows.parquet"
    pq.write_table(pa.table(arrays), path)
    declared = tuple(Column(name, name.title(), type_) for name, (type_, _) in columns.items())
    return Rows(declared, path, flagged_only=flagged is not None)


def csv_of(rows: Rows) -> bytes:
    file = io.BytesIO()
    write_csv(rows, file)
    return file.getvalue()


def text_csv(folder: Path, *cells: str | None) -> bytes:
    return csv_of(rows_of(folder, {"a": (ColumnType.TEXT, list(cells)), "b": (ColumnType.INTEGER, [1] * len(cells))}))


def begins_dangerously(cell: str) -> bool:
    """Whether a spreadsheet might obey, said independently of the writer."""
    for character in cell:
        if character in "\t\r" or unicodedata.normalize("NFKC", character)[:1] in tuple("=+-@|%"):
            return True
        hidden = unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cc", "Cf", "Pi", "Pf")
        if not hidden and character not in "\"'`":
            return False
    return False


def test_every_type_has_one_form(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path,
        {
            "at": (ColumnType.DATETIME, [datetime(2026, 7, 1, 9, 30, 5, 123456), datetime(1, 1, 1), None]),  # noqa: DTZ001
            "day": (ColumnType.DATE, [date(2024, 2, 29), date(999, 1, 2), None]),
            "n": (ColumnType.INTEGER, [-5, 9_223_372_036_854_775_807, None]),
            "took": (ColumnType.DURATION_MS, [0, 1500, None]),
            "share": (ColumnType.DECIMAL, [0.1, -2.5, None]),
            "yes": (ColumnType.BOOLEAN, [True, False, None]),
            "who": (ColumnType.TEXT, ["Zoë", "", None]),
            "ref": (ColumnType.TEXT, ["logs:1", "logs:2", "logs:3"]),
        },
    )
    assert csv_of(rows).decode() == (
        "at,day,n,took,share,yes,who,ref\n"
        "2026-07-01T09:30:05.123456Z,2024-02-29,-5,0,0.1,true,Zoë,logs:1\n"
        '0001-01-01T00:00:00.000000Z,0999-01-02,9223372036854775807,1500,-2.5,false,"",logs:2\n'
        ",,,,,,,logs:3\n"
    )


def test_only_what_needs_quotes_is_quoted(tmp_path: Path) -> None:
    cells = [
        "a,b",
        'say "hi"',
        "two\nlines",
        "cr\rhere",
        "#x",
        " a ",
        "a;b",
        "NULL",
        "back\\slash",
        "\ufeffbom",
        "n\0l",
    ]
    assert text_csv(tmp_path, *cells).decode() == (
        'a,b\n"a,b",1\n"say ""hi""",1\n"two\nlines",1\n"cr\rhere",1\n'
        "#x,1\n a ,1\na;b,1\nNULL,1\nback\\slash,1\n\ufeffbom,1\nn\0l,1\n"
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-", "'-"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("|calc", "'|calc"),
        ("%0A", "'%0A"),
        ("\tx", "'\tx"),
        ("\uff1dcmd", "'\uff1dcmd"),
        ("  =x", "'  =x"),
        ("\u200b\u00a0=x", "'\u200b\u00a0=x"),
        ("`=x", "'`=x"),
        ("'quoted'", "''quoted'"),
        ("''", "'''"),
        ("O'Brien", "O'Brien"),
        ("a=b", "a=b"),
        ("SELECT -1", "SELECT -1"),
    ],
)
def test_a_text_that_a_spreadsheet_could_obey_is_guarded(tmp_path: Path, value: str, cell: str) -> None:
    assert text_csv(tmp_path, value).decode() == f"a,b\n{cell},1\n"
    assert unguard(cell) == value


def test_a_guarded_text_is_quoted_around_its_guard(tmp_path: Path) -> None:
    assert text_csv(tmp_path, '=HYPERLINK("x","y")', "\r=1").decode() == (
        'a,b\n"\'=HYPERLINK(""x"",""y"")",1\n"\'\r=1",1\n'
    )


def test_every_character_that_normalises_to_a_formula_sign_is_guarded(tmp_path: Path) -> None:
    signs = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and begins_dangerously(chr(code))]
    assert len(signs) > 20
    body = text_csv(tmp_path, *(f"{sign}x" for sign in signs)).decode()
    cells = [row[0] for row in csv.reader(io.StringIO(body, newline=""))][1:]
    assert cells == [f"'{sign}x" for sign in signs]


def test_sql_json_and_url_are_guarded_and_numbers_are_not(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path,
        {
            "sql": (ColumnType.SQL, ["-- note"]),
            "json": (ColumnType.JSON, ["-1"]),
            "url": (ColumnType.URL, ["@x"]),
            "n": (ColumnType.INTEGER, [-1]),
            "d": (ColumnType.DECIMAL, [-0.5]),
        },
    )
    assert csv_of(rows) == b"sql,json,url,n,d\n'-- note,'-1,'@x,-1,-0.5\n"


def test_flagged_rows_alone_are_written_and_the_flag_is_not(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, {"ref": (ColumnType.TEXT, ["a", "b", "c"])}, flagged=[True, False, True])
    file = io.BytesIO()
    assert write_csv(rows, file) == 2
    assert file.getvalue() == b"ref\na\nc\n"


def test_no_rows_give_the_header_alone(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, {"at": (ColumnType.DATETIME, []), "who": (ColumnType.TEXT, [])})
    file = io.BytesIO()
    assert write_csv(rows, file) == 0
    assert file.getvalue() == b"at,who\n"


def test_many_rows_keep_their_order(tmp_path: Path) -> None:
    count = 130_000  # more than one row group of DuckDB and of the Parquet file
    numbers: Cells = [*range(count)]
    rows = rows_of(
        tmp_path, {"n": (ColumnType.INTEGER, numbers), "ref": (ColumnType.TEXT, [f"l:{n}" for n in numbers])}
    )
    assert csv_of(rows).decode() == "n,ref\n" + "".join(f"{n},l:{n}\n" for n in range(count))


def test_a_path_is_written_privately_and_never_over_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "it's [odd] *"
    folder.mkdir()
    rows = rows_of(folder, {"ref": (ColumnType.TEXT, ["a"])})
    target = folder / "rows.csv"
    assert write_csv(rows, target) == 1
    assert target.read_bytes() == b"ref\na\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(OutputError, match=r"rows\.csv: file exists"):
        write_csv(rows, target)


nasty = st.text(
    st.sampled_from("=+-@|%'\"`,\t\r\n \0\u00a0\u200b\u2028\ufeff\uff1d\uff0d\u201cab1é\U0001f480"), max_size=8
)
cells = st.lists(st.none() | nasty | st.text(max_size=20), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(cells)
def test_every_text_comes_back_and_no_cell_begins_dangerously(values: list[str | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        body = text_csv(Path(folder), *values).decode()
    read = list(csv.reader(io.StringIO(body, newline=""), strict=True))
    assert [row[1] for row in read] == ["b", *("1" for _ in values)]
    written = [row[0] for row in read[1:]]
    assert [unguard(cell) for cell in written] == [value or "" for value in values]
    for cell in written:
        assert cell.startswith("'") or not begins_dangerously(cell)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([None, "", "a"]), min_size=1, max_size=10))
def test_null_and_the_empty_text_stay_apart(values: list[str | None]) -> None:
    forms = {None: "", "": '""', "a": "a"}
    with tempfile.TemporaryDirectory() as folder:
        assert text_csv(Path(folder), *values).decode() == "a,b\n" + "".join(f"{forms[value]},1\n" for value in values)
