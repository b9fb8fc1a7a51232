from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(kind="log_read")).run("audit_log_reads")) == EDGES


def test_reading_and_writing_the_log_are_listed_and_nothing_else(tmp_path: Path) -> None:
    read = cells(
        occurred_at=at("08-12 09:30"),
        username="bob",
        verb="read",
        object_id="138",
        event_outcome="unknown",
        outcome_basis="a row is an attempt",
        doubt="the client altered the row",
        source_ref="logs:7",
    )
    events = [
        {"kind": "log_read", **read},
        {"kind": "log_read", **read, "verb": "write", "source_ref": "logs:8"},
        {"kind": "browse", **read, "source_ref": "logs:9"},
    ]
    evidence = seed(tmp_path, events=events).evidence("audit_log_reads")
    assert rows_of(evidence) == [
        {**read, "flagged": False},
        {**read, "verb": "write", "source_ref": "logs:8", "flagged": False},
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 3)


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{"kind": "log_read", "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("audit_log_reads")) == ("logs:9", "logs:2", "logs:3")


def test_a_log_that_begins_late_leaves_the_time_before_unproved(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"log_rows": [("08-01", "10-02")]})
    assert missing(seeded.evidence("audit_log_reads")) == {"log_rows": [("07-01", "08-01")]}
