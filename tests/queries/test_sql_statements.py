from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open_and_of_the_start(tmp_path: Path) -> None:
    statements = edges(ended_at=at("10-01 00:10"))
    assert refs(seed(tmp_path, statements=statements).run("sql_statements")) == EDGES


def test_every_statement_is_listed_with_what_became_of_it(tmp_path: Path) -> None:
    statement = cells(
        username="bob",
        database_name="Sales",
        statement_kind="SELECT",
        status="failed",
        rows_returned=None,
        duration_ms=120,
        sql_text="SELECT * FROM t WHERE a = '...'",
        error="no such column",
        source_ref="query:7",
    )
    others = [{"status": status} for status in ("success", "pending", "stopped")]
    evidence = seed(tmp_path, statements=[statement, *others]).evidence("sql_statements")
    assert {**statement, "occurred_at": at("08-12 09:00"), "flagged": False} in rows_of(evidence)
    assert (evidence.rows, evidence.flagged, evidence.population) == (4, 0, 4)


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"query:3": "08-12 10:00", "query:2": "08-12 10:00", "query:9": "08-12 09:00"}
    statements = [{"source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, statements=statements).run("sql_statements")) == ("query:9", "query:2", "query:3")


def test_what_was_pruned_before_august_is_missing(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sql_statements": [("08-12", "10-02")]})
    assert missing(seeded.evidence("sql_statements")) == {"sql_statements": [("07-01", "08-12")]}
