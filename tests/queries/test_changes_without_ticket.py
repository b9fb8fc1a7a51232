from __future__ import annotations

from pathlib import Path

from .seed import edges, refs, rows_of, seed

CHANGE = {"kind": "content_change", "verb": "update", "object_type": "dashboard", "object_id": "12"}
COLUMNS = ("source_ref", "ticket", "ticket_names", "approved_by", "flag_reason")


def test_a_change_is_an_exception_unless_a_ticket_covers_it(tmp_path: Path) -> None:
    events = [CHANGE | {"source_ref": f"logs:{number}"} for number in (1, 2, 3)]
    approvals = [
        {"source_ref": "logs:1", "ticket": "CHG-1", "names": "account, no object", "approved_by": "ute"},
        {"source_ref": "logs:2", "ticket": "CHG-2", "approved_by": "alice", "problem": "approved afterwards"},
        {"source_ref": "ab_user:3", "ticket": "ACC-1", "approved_by": "ute"},
    ]
    evidence = seed(tmp_path, events=events, approvals=approvals).evidence("changes_without_ticket")
    assert [tuple(row[name] for name in COLUMNS) for row in rows_of(evidence)] == [
        ("logs:1", "CHG-1", "account, no object", "ute", None),
        ("logs:2", "CHG-2", None, "alice", "approved afterwards"),
        ("logs:3", None, None, None, "no ticket is for it"),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (3, 2, 3)


def test_only_changes_in_the_window_that_are_not_known_to_have_failed_are_asked_about(tmp_path: Path) -> None:
    outcomes = ("succeeded", "attempted", "unknown", "failed", "refused")
    tried = [CHANGE | {"source_ref": outcome, "event_outcome": outcome} for outcome in outcomes]
    others = [{"kind": kind, "source_ref": kind} for kind in ("view", "access_change", "export")]
    rows = seed(tmp_path, events=[*tried, *others, *edges(**CHANGE)]).run("changes_without_ticket")
    assert set(refs(rows)) == {"attempted", "first", "last", "succeeded", "unknown"}
