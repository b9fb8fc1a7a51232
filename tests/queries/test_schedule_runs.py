from __future__ import annotations

from pathlib import Path

from .seed import EDGES, Row, at, edges, missing, refs, seed

RUN: Row = {
    "source_ref": "report_execution_log:3",
    "ended_at": at("08-12 09:01"),
    "schedule": "Weekly orders",
    "type": "Report",
    "state": "Success",
    "recipients": "Email bob@example.com",
}


def test_a_run_is_shown_with_how_it_ended_and_who_gets_such_runs(tmp_path: Path) -> None:
    evidence = seed(tmp_path, schedule_runs=[RUN]).evidence("schedule_runs")
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 0, 1)
    assert seed(tmp_path, schedule_runs=[RUN]).run("schedule_runs") == [
        {**RUN, "occurred_at": at("08-12 09:00"), "flagged": False}
    ]


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, schedule_runs=edges()).run("schedule_runs")) == EDGES


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"run:3": "08-12 10:00", "run:2": "08-12 10:00", "run:9": "08-12 09:00"}
    runs = [{"source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, schedule_runs=runs).run("schedule_runs")) == ("run:9", "run:2", "run:3")


def test_what_was_pruned_is_missing(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"schedule_runs": [("08-31", "10-02")]})
    assert missing(seeded.evidence("schedule_runs")) == {"schedule_runs": [("07-01", "08-31")]}
