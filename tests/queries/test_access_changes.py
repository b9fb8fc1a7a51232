from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(kind="access_change")).run("access_changes")) == EDGES


def test_changes_of_access_are_listed_whatever_their_outcome_and_other_kinds_are_not(tmp_path: Path) -> None:
    rows = [("access_change", "succeeded"), ("access_change", "refused"), ("content_change", "succeeded")]
    rows += [("sharing", "succeeded"), ("sign_in", "failed")]
    evidence = seed(tmp_path, events=[{"kind": kind, "event_outcome": outcome} for kind, outcome in rows]).evidence(
        "access_changes"
    )
    assert refs(rows_of(evidence), "event_outcome") == ("succeeded", "refused")
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 5)


def test_a_row_tells_who_changed_what_and_how_that_is_known(tmp_path: Path) -> None:
    change = cells(
        username="admin",
        verb="update",
        object_type="user",
        object_id="7",
        object_name="bob",
        event_outcome="succeeded",
        outcome_basis="recorded by the recorder",
        reported_by="recorder",
        detail='{"roles": {"before": ["Gamma"], "after": ["Admin"]}}',
        source_ref="logs:138",
    )
    (row,) = seed(tmp_path, events=[{"kind": "access_change", **change}]).run("access_changes")
    assert row == {**change, "occurred_at": at("08-12 09:00"), "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{"kind": "access_change", "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("access_changes")) == ("logs:9", "logs:2", "logs:3")


def test_without_the_recorder_changes_are_missing_and_not_none(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"access_changes": [("09-01", "10-02")]})
    assert missing(seeded.evidence("access_changes")) == {"access_changes": [("07-01", "09-01")]}
