"""Columns of SQLite in bulk give what a cursor gives, value by value, whatever is in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import URL

from auditctl.source import sqlite_rows
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Options, Window
from auditctl.source.sqlite import SqliteSource
from auditctl.source.tables import table_specs

from .made import NOVEMBER

LOGS = table_specs()["logs"]
VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from(["2026-11-24 01:52:09", "2026-11-24 01:52:09.123456", "2026-11-24", "12", "1.0", "true", "\0a"])
)
BROKEN = "CAST(X'61ff62' AS TEXT)"


def table_with(folder: Path, cells: Sequence[object], *statements: str) -> Path:
    """Make a log of one row per cell, which stands in every column but the key; a column there takes any type."""
    path = folder / "log.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, action, user_id, json, dttm, has_error, duration_ms)"
        )
        rows = [(cell,) * 6 for cell in cells]
        connection.executemany(
            "INSERT INTO logs (action, user_id, json, dttm, has_error, duration_ms) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def both(path: Path, folder: Path, window: Window | None = None) -> tuple[pa.Table, pa.Table]:
    source = SqliteSource(URL.create("sqlite", database=str(path)), Options(), folder)
    columns, schema = tuple(LOGS.columns), LOGS.schema()
    read = pa.Table.from_batches(source.extract(LOGS, columns, window), schema)
    slow = pa.Table.from_batches(DatabaseSource.extract(source, LOGS, columns, window), schema)
    source.close()
    return read, slow


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, max_size=12))
def test_any_value_in_any_column_reads_as_by_a_cursor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[object]
) -> None:
    monkeypatch.setattr(sqlite_rows, "_ROWS", 3)
    path = table_with(tmp_path, cells)
    for window in (None, NOVEMBER):
        read, slow = both(path, tmp_path, window)
        assert read == slow
    assert read.num_rows <= len(cells)


def test_text_that_is_no_utf8_spoils_its_row_alone(tmp_path: Path) -> None:
    path = table_with(tmp_path, ["a", "b", "c"], f"UPDATE logs SET action = {BROKEN} WHERE id = 2")
    read, slow = both(path, tmp_path)
    assert read == slow
    assert read["action"].to_pylist() == ["a", "a\\xffb", "c"]
    assert "action: not valid UTF-8" in read["unreadable"].to_pylist()[1]


def test_a_blob_is_no_text(tmp_path: Path) -> None:
    read, slow = both(table_with(tmp_path, ["a", b"a"]), tmp_path)
    assert read == slow
    assert [("action: bytes" in reason) for reason in read["unreadable"].to_pylist()] == [False, True]


def test_other_statements_read_text_as_ever_while_rows_are_fetched(tmp_path: Path) -> None:
    path = table_with(tmp_path, ["a", "b"])
    source = SqliteSource(URL.create("sqlite", database=str(path)), Options(), tmp_path)
    batches = source.extract(LOGS, tuple(LOGS.columns), None)
    assert next(iter(batches)).num_rows == 2
    assert source._connection.exec_driver_sql("SELECT action FROM logs").scalars().all() == ["a", "b"]
    source.close()
