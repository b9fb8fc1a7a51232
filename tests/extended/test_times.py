"""Of two times the log's is the one that is no constant default, and the choice is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from auditctl.source.profile import find_time

from .made import GUIDE, STORY, answer, write

BOTH = ("id", "dttm", "timestamp")


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ([("a", "x"), ("b", "y")], "dttm"),
        ([("a", "x"), ("a", "y")], "timestamp"),
        ([(None, "x"), (None, "y")], "timestamp"),
        ([("a", "x"), ("b", "x")], "dttm"),
        ([("a", "x"), ("a", "x")], "dttm"),
        ([("a", None), ("b", None)], "dttm"),
        ([], "dttm"),
        # A default that was computed at each of three starts, on thirty rows; and the same on twenty-nine.
        ([(str(at % 3), str(at)) for at in range(30)], "timestamp"),
        ([(str(at % 3), str(at)) for at in range(29)], "dttm"),
    ],
)
def test_a_constant_default_is_no_time(rows: Sequence[Sequence[Any]], column: str) -> None:
    assert find_time(BOTH, rows)[0] == column


def test_one_time_is_taken_as_it_is() -> None:
    assert find_time(("id", "dttm"), []) == ("dttm", None)
    assert find_time(("id", "timestamp"), []) == (
        "timestamp",
        "Times of the log are those of its column timestamp: it has no dttm.",
    )


def test_rows_with_a_constant_dttm_are_read_by_their_timestamp(tmp_path: Path) -> None:
    rows = [{**row, "timestamp": row["dttm"], "dttm": "2026-01-01 00:00:00"} for row in STORY]
    told = answer(write(tmp_path / "log.db", rows))
    assert [f"{at:%d %H:%M}" for (at,) in told.rows("failed_logins", "occurred_at")] == ["29 22:00", "30 08:00"]
    assert told.since("sign_in_failures") == "09-10 09:00"
    (facts,) = told.population.sources
    assert facts.notes[0] == (
        "Times of the log are those of its column timestamp: on the 12 rows that were compared dttm has 1 value, as a"
        " default has that was computed once."
    )
    (logs,) = (table for table in told.population.tables if table.name == "logs")
    assert (logs.rows, logs.counted, logs.unreadable) == (12, 12, 0)
    assert "timestamp AS dttm" in logs.sql


def test_a_log_without_dttm_is_read_by_its_timestamp(tmp_path: Path) -> None:
    columns = {name: kind for name, kind in GUIDE.items() if name != "dttm"}
    rows = [{**row, "timestamp": row["dttm"]} for row in STORY]
    told = answer(write(tmp_path / "log.db", rows, columns))
    assert [f"{at:%d %H:%M}" for (at,) in told.rows("sql_statements", "occurred_at")] == ["30 08:20", "30 08:30"]
    assert told.population.mismatches == ()
