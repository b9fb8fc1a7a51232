from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, statements=edges(event_outcome="failed")).run("failed_statements")) == EDGES


def test_what_failed_and_what_never_ended_are_items_and_what_still_runs_is_not(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "succeeded", "unknown"]
    evidence = seed(
        tmp_path, statements=[{"event_outcome": outcome, "status": outcome} for outcome in outcomes]
    ).evidence("failed_statements")
    assert [(row["status"], row["flagged"]) for row in rows_of(evidence)] == [("failed", True), ("unknown", True)]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 2, 4)


def test_a_row_tells_what_became_of_it_and_how_that_is_known(tmp_path: Path) -> None:
    statement = cells(
        username="bob",
        database_name="Sales",
        statement_kind="SELECT",
        status="timed_out",
        outcome_basis="aborted: it ran out of time",
        sql_text="SELECT 0",
        error="Timeout",
        source_ref="query:7",
    )
    (row,) = seed(tmp_path, statements=[{"event_outcome": "failed", **statement}]).run("failed_statements")
    assert row == {**statement, "occurred_at": at("08-12 09:00"), "flagged": True}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"query:3": "08-12 10:00", "query:2": "08-12 10:00", "query:9": "08-12 09:00"}
    statements = [
        {"event_outcome": "failed", "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()
    ]
    assert refs(seed(tmp_path, statements=statements).run("failed_statements")) == ("query:9", "query:2", "query:3")


def test_what_was_pruned_before_august_is_missing(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sql_statements": [("08-12", "10-02")]})
    assert missing(seeded.evidence("failed_statements")) == {"sql_statements": [("07-01", "08-12")]}
