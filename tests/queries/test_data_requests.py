from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed

REQUEST = {"kind": "data_request"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**REQUEST)).run("data_requests")) == EDGES


def test_requests_are_listed_whatever_their_outcome_and_exports_and_statements_are_not(tmp_path: Path) -> None:
    events = [{**REQUEST, "event_outcome": outcome} for outcome in ("failed", "succeeded")]
    events += [{"kind": "export"}, {"kind": "statement"}, {"kind": "scheduled_run"}]
    evidence = seed(tmp_path, events=events).evidence("data_requests")
    assert refs(rows_of(evidence), "event_outcome") == ("failed", "succeeded")
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 5)


def test_a_request_of_six_rows_is_one_row(tmp_path: Path) -> None:
    request = cells(
        username="bob",
        verb="query",
        object_type="chart",
        object_id="6",
        object_name="Sales",
        dashboard_id=2,
        dataset_id=3,
        event_outcome="succeeded",
        outcome_basis="its answer",
        rows_folded=6,
        duration_ms=412,
        source_ref="logs:22-27",
    )
    (row,) = seed(tmp_path, events=[{**REQUEST, **request}]).run("data_requests")
    assert row == {**request, "occurred_at": at("08-12 09:00"), "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{**REQUEST, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("data_requests")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"data_requests": [("08-12", "10-02")]})
    assert missing(seeded.evidence("data_requests")) == {"data_requests": [("07-01", "08-12")]}
