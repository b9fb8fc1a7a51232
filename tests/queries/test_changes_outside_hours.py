from __future__ import annotations

from datetime import date
from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed

NIGHT = {"kind": "content_change", "in_business_hours": False}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**NIGHT)).run("changes_outside_hours")) == EDGES


def test_a_change_outside_hours_is_an_item_and_one_within_is_not(tmp_path: Path) -> None:
    events = [{**NIGHT, "source_ref": "night"}, {**NIGHT, "in_business_hours": True}, {**NIGHT, "kind": "view"}]
    evidence = seed(tmp_path, events=events).evidence("changes_outside_hours")
    assert refs(rows_of(evidence)) == ("night",)
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 2)


def test_attempts_that_changed_nothing_are_left_out(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "refused", "succeeded", "unknown"]
    events = [{**NIGHT, "event_outcome": outcome} for outcome in outcomes]
    rows = seed(tmp_path, events=events).run("changes_outside_hours")
    assert refs(rows, "event_outcome") == ("attempted", "succeeded", "unknown")


def test_a_row_tells_the_hour_in_the_zone_of_the_report(tmp_path: Path) -> None:
    change = cells(
        username="bob",
        verb="update",
        object_type="chart",
        object_id="6",
        object_name="Sales",
        event_outcome="succeeded",
        outcome_basis="its last change",
        source_ref="logs:7",
        local_date=date(2026, 8, 13),
        local_hour=1,
        local_weekday=4,
    )
    event = {**NIGHT, **change, "occurred_at": at("08-12 23:30")}
    (row,) = seed(tmp_path, events=[event]).run("changes_outside_hours")
    assert row == {**change, "occurred_at": at("08-12 23:30"), "flagged": True}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 22:00", "logs:2": "08-12 22:00", "logs:9": "08-12 21:00"}
    events = [{**NIGHT, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("changes_outside_hours")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_until_september_is_missing_after(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"content_changes": [("01-01", "09-01")]})
    assert missing(seeded.evidence("changes_outside_hours")) == {"content_changes": [("09-01", "10-01")]}
