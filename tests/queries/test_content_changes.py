from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(kind="content_change")).run("content_changes")) == EDGES


def test_every_attempt_is_listed_whatever_became_of_it_and_other_kinds_are_not(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "refused", "succeeded", "unknown"]
    events = [{"kind": "content_change", "event_outcome": outcome} for outcome in outcomes]
    events += [{"kind": "access_change"}, {"kind": "sharing"}, {"kind": "unmapped"}]
    evidence = seed(tmp_path, events=events).evidence("content_changes")
    assert refs(rows_of(evidence), "event_outcome") == tuple(outcomes)
    assert (evidence.rows, evidence.flagged, evidence.population) == (5, 0, 8)


def test_a_row_tells_who_changed_what_and_what_is_doubtful(tmp_path: Path) -> None:
    change = cells(
        username="unattributed",
        verb="update",
        object_type="chart",
        object_id="77777",
        object_name=None,
        event_outcome="unknown",
        outcome_basis="it may be the client's own",
        doubt="the payload lacks what the server adds",
        reported_by="server",
        source_ref="logs:202",
    )
    (row,) = seed(tmp_path, events=[{"kind": "content_change", "user_id": None, **change}]).run("content_changes")
    assert row == {**change, "occurred_at": at("08-12 09:00"), "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{"kind": "content_change", "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("content_changes")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"content_changes": [("08-12", "10-02")]})
    assert missing(seeded.evidence("content_changes")) == {"content_changes": [("07-01", "08-12")]}
