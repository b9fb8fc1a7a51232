from __future__ import annotations

from pathlib import Path

from .seed import Row, at, edges, missing, refs, seed

BOTH: Row = {"log_id": 1, "audit_id": 7, "awaited": False, "action": "UserLoginFailed"}


def place(ref: str, **columns: object) -> Row:
    return {**BOTH, "source_ref": ref, "username": "mallory", "occurred_at": at("08-12 09:00"), **columns}


def test_what_one_place_lacks_and_what_the_two_tell_differently_is_found(tmp_path: Path) -> None:
    rows = [
        place("logs:1"),
        place("audit/logs:8", log_id=None, awaited=True),
        place("logs:3", audit_id=None, awaited=True),
        place("logs:4", also_ref="audit/logs:9", differs="username"),
    ]
    found = seed(tmp_path, log_places=rows).run("recorder_places")
    assert {(row["source_ref"], row["also_ref"], row["finding"]) for row in found} == {
        ("audit/logs:8", None, "not in the log of Superset"),
        ("logs:3", None, "not in the audit database"),
        ("logs:4", "audit/logs:9", "the two rows differ: username"),
    }
    assert all(row["flagged"] for row in found)


def test_what_the_other_place_need_not_have_is_not_found(tmp_path: Path) -> None:
    rows = [place("audit/logs:8", log_id=None), place("logs:3", audit_id=None)]
    assert seed(tmp_path, log_places=rows).run("recorder_places") == []


def test_only_events_of_the_window_count(tmp_path: Path) -> None:
    rows = [{**BOTH, **row, "log_id": None, "awaited": True} for row in edges()]
    seeded = seed(tmp_path, log_places=rows)
    assert refs(seeded.run("recorder_places")) == ("first", "last")
    assert seeded.evidence("recorder_places").population == 2


def test_without_an_audit_database_or_a_heartbeat_nothing_is_evidenced(tmp_path: Path) -> None:
    held = {"audit_database": [], "recorder_counts": [("08-12", "10-01")]}
    assert missing(seed(tmp_path, held=held).evidence("recorder_places")) == {
        "audit_database": [("07-01", "10-01")],
        "recorder_counts": [("07-01", "08-12")],
    }
