from __future__ import annotations

from pathlib import Path

from .seed import Row, edges, refs, rows_of, seed

READ: Row = {"kind": "log_read", "verb": "read"}


def test_who_is_not_on_the_list_is_an_exception_and_so_is_a_write(tmp_path: Path) -> None:
    events: list[Row] = [
        {**READ, "user_id": 1, "source_ref": "logs:1"},
        {**READ, "user_id": 2, "source_ref": "logs:2"},
        {**READ, "user_id": None, "source_ref": "logs:3"},
        {**READ, "user_id": 1, "verb": "write", "source_ref": "logs:4"},
        {"kind": "view", "user_id": 2, "source_ref": "logs:5"},
    ]
    reviewers: list[Row] = [
        {"line": 2, "user_id": 1, "reviews": "weekly"},
        {"line": 3, "user_id": None, "reviews": "never"},
    ]
    evidence = seed(tmp_path, events=events, reviewers=reviewers).evidence("audit_log_reads_not_reviewers")
    assert [(row["source_ref"], row["reviews"], row["flag_reason"]) for row in rows_of(evidence)] == [
        ("logs:1", "weekly", None),
        ("logs:2", None, "not on the list of people who may read the log"),
        ("logs:3", None, "nobody knows who it was"),
        ("logs:4", "weekly", "on the list, but the log is only to be read"),
    ]
    assert (evidence.flagged, evidence.population) == (3, 4)


def test_a_person_whom_two_lines_name_is_still_one(tmp_path: Path) -> None:
    reviewers = [{"line": 2, "user_id": 1, "reviews": "weekly"}, {"line": 3, "user_id": 1, "reviews": "monthly"}]
    rows = seed(tmp_path, events=[{**READ, "user_id": 1}], reviewers=reviewers).run("audit_log_reads_not_reviewers")
    assert [row["reviews"] for row in rows] == ["monthly"]


def test_reads_keep_to_the_window(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**READ)).run("audit_log_reads_not_reviewers")) == ("first", "last")
