from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed

REFUSED = {"kind": "content_change", "event_outcome": "refused"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**REFUSED)).run("edits_without_effect")) == EDGES


def test_only_edits_that_are_known_to_have_changed_nothing_are_items(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "refused", "succeeded", "unknown"]
    events = [{**REFUSED, "event_outcome": outcome} for outcome in outcomes]
    events += [{**REFUSED, "kind": "refusal"}, {**REFUSED, "kind": "access_change"}]
    evidence = seed(tmp_path, events=events).evidence("edits_without_effect")
    assert [(row["event_outcome"], row["flagged"]) for row in rows_of(evidence)] == [
        ("failed", True),
        ("refused", True),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 2, 3)


def test_a_row_tells_who_tried_what_and_how_it_is_known(tmp_path: Path) -> None:
    edit = cells(
        username="bob",
        verb="update",
        object_type="dashboard",
        object_id="4",
        object_name="Finance",
        event_outcome="refused",
        outcome_basis="the recorder saw the refusal: logs:8",
        source_ref="logs:7",
    )
    (row,) = seed(tmp_path, events=[{"kind": "content_change", **edit}]).run("edits_without_effect")
    assert row == {**edit, "occurred_at": at("08-12 09:00"), "flagged": True}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{**REFUSED, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("edits_without_effect")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"content_changes": [("08-12", "10-02")]})
    assert missing(seeded.evidence("edits_without_effect")) == {"content_changes": [("07-01", "08-12")]}
