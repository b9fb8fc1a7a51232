from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.errors import UsageError

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open(tmp_path: Path) -> None:
    seeded = seed(tmp_path, statements=edges(database_name="Sales"))
    assert refs(seeded.run("statements_by_database", database="Sales")) == EDGES


def test_only_the_named_database_in_any_letter_case_is_listed(tmp_path: Path) -> None:
    names = ["Sales", "SALES", "Sales EU", "Finance", None]
    seeded = seed(tmp_path, statements=[{"database_name": name} for name in names])
    evidence = seeded.evidence("statements_by_database", database="sales")
    assert refs(rows_of(evidence), "database_name") == ("Sales", "SALES")
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 5)


def test_a_row_tells_who_ran_what(tmp_path: Path) -> None:
    statement = cells(
        username="bob",
        database_name="Sales",
        statement_kind="UPDATE",
        status="success",
        rows_returned=0,
        duration_ms=120,
        sql_text="UPDATE t SET a = 0",
        error="no such column",
        source_ref="query:7",
    )
    (row,) = seed(tmp_path, statements=[statement]).run("statements_by_database", database="Sales")
    assert row == {**statement, "occurred_at": at("08-12 09:00"), "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"query:3": "08-12 10:00", "query:2": "08-12 10:00", "query:9": "08-12 09:00"}
    statements = [{"database_name": "Sales", "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    rows = seed(tmp_path, statements=statements).run("statements_by_database", database="Sales")
    assert refs(rows) == ("query:9", "query:2", "query:3")


def test_the_database_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="statements-by-database needs --database"):
        seed(tmp_path).run("statements_by_database")


def test_what_was_pruned_before_august_is_missing(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sql_statements": [("08-12", "10-02")]})
    evidence = seeded.evidence("statements_by_database", database="Sales")
    assert missing(evidence) == {"sql_statements": [("07-01", "08-12")]}
