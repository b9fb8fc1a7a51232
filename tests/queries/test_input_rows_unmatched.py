from __future__ import annotations

from pathlib import Path

from auditctl.assess.outcomes import judge
from auditctl.catalogue.model import Test as Procedure

from .seed import rows_of, seed


def test_lines_without_an_account_are_listed_by_file_and_line(tmp_path: Path) -> None:
    people = [
        {"file": "leavers", "line": 4, "username": "ghost", "email": None, "matches": 0},
        {"file": "leavers", "line": 2, "username": "alice", "user_id": 1, "matched_by": "username", "matches": 1},
        {"file": "approved_admins", "line": 10, "email": "gone@example.com", "matches": 0},
        {"file": "approved_admins", "line": 9, "username": "left", "email": "left@example.com", "matches": 0},
    ]
    evidence = seed(tmp_path, input_rows=people).evidence("input_rows_unmatched")
    assert [tuple(row.values()) for row in rows_of(evidence)] == [
        ("approved_admins", 9, "left", "left@example.com", True),
        ("approved_admins", 10, None, "gone@example.com", True),
        ("leavers", 4, "ghost", None, True),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (3, 3, 4)


def test_without_any_file_there_is_nothing_to_test(tmp_path: Path) -> None:
    seeded = seed(tmp_path)
    query = "input_rows_unmatched"
    outcome = judge(Procedure(query, "A procedure.", query), seeded.evidence(query), seeded.population)
    assert (str(outcome.word), outcome.sentence) == (
        "Not evidenced",
        "There is nothing to test: no lines of the files of people."
        " State as of 2026-10-02 06:00 UTC, 1 day after the period's end.",
    )
