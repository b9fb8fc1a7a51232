from __future__ import annotations

from datetime import date
from pathlib import Path

from .seed import EDGES, Row, at, cells, edges, missing, refs, rows_of, seed

DELETION = {"kind": "content_change", "verb": "delete"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**DELETION)).run("deletions")) == EDGES


def test_a_deletion_at_night_is_flagged_and_one_by_day_is_only_shown(tmp_path: Path) -> None:
    events: list[Row] = [
        {**DELETION, "source_ref": "day"},
        {**DELETION, "in_business_hours": False, "source_ref": "night"},
    ]
    evidence = seed(tmp_path, events=events).evidence("deletions")
    assert [(row["source_ref"], row["flag_reason"], row["flagged"]) for row in rows_of(evidence)] == [
        ("day", None, False),
        ("night", "outside business hours", True),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 1, 2)


def test_other_changes_and_deletions_that_came_to_nothing_are_left_out(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "refused", "succeeded", "unknown"]
    events = [{**DELETION, "event_outcome": outcome} for outcome in outcomes]
    events += [{**DELETION, "verb": "update"}, {**DELETION, "kind": "access_change"}]
    rows = seed(tmp_path, events=events).run("deletions")
    assert refs(rows, "event_outcome") == ("attempted", "succeeded", "unknown")


def test_a_row_tells_who_deleted_what_and_when_in_the_zone_of_the_report(tmp_path: Path) -> None:
    deletion = cells(
        username="bob",
        verb="delete",
        object_type="dashboard",
        object_id="9",
        object_name=None,
        event_outcome="succeeded",
        outcome_basis="the object is gone",
        source_ref="logs:7",
        local_date=date(2026, 8, 13),
        local_hour=1,
    )
    event = {**DELETION, **deletion, "occurred_at": at("08-12 23:30")}
    (row,) = seed(tmp_path, events=[event]).run("deletions")
    assert row == {**deletion, "occurred_at": at("08-12 23:30"), "flag_reason": None, "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{**DELETION, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("deletions")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"content_changes": [("08-12", "10-02")]})
    assert missing(seeded.evidence("deletions")) == {"content_changes": [("07-01", "08-12")]}
