from __future__ import annotations

from pathlib import Path

from .seed import Row, missing, refs, rows_of, seed

REASON = "holds Admin and is not on the list of approved administrators"
PEOPLE = [{"user_id": number, "username": name} for number, name in enumerate(("alice", "bob", "carol"), start=1)]


def approved(line: int, user_id: int | None, by: str = "ciso") -> Row:
    return {"line": line, "user_id": user_id, "approved_by": by}


def test_an_administrator_who_is_not_on_the_list_is_an_exception_and_one_who_is_is_not(tmp_path: Path) -> None:
    grants = [{"user_id": 2, "role": "Admin"}, {"user_id": 1, "role": "Admin"}, {"user_id": 3, "role": "Gamma"}]
    evidence = seed(tmp_path, accounts=PEOPLE, grants=grants, approved_admins=[approved(2, 1)]).evidence(
        "admins_not_approved"
    )
    assert [(row["username"], row["approved_by"], row["flag_reason"], row["flagged"]) for row in rows_of(evidence)] == [
        ("alice", "ciso", None, False),
        ("bob", None, REASON, True),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 1, 2)


def test_admin_by_group_and_of_a_deactivated_account_counts_too(tmp_path: Path) -> None:
    accounts = [{"user_id": 1, "username": "alice", "active": False}]
    grants = [{"user_id": 1, "role": "Admin"}, {"user_id": 1, "role": "Admin", "via": "group:Ops"}]
    rows = seed(tmp_path, accounts=accounts, grants=grants).run("admins_not_approved")
    assert refs(rows, "via") == ("direct", "group:Ops")
    assert refs(rows, "flagged") == (True, True)


def test_a_line_that_matched_nobody_approves_nobody(tmp_path: Path) -> None:
    grants: list[Row] = [{"user_id": 1, "role": "Admin"}, {"user_id": None, "role": "Admin"}]
    rows = seed(tmp_path, accounts=PEOPLE, grants=grants, approved_admins=[approved(2, None)]).run(
        "admins_not_approved"
    )
    assert [(row["username"], row["flagged"]) for row in rows] == [("alice", True)]


def test_an_account_that_is_on_the_list_twice_is_one_row(tmp_path: Path) -> None:
    lines = [approved(3, 1, "cfo"), approved(2, 1, "ciso")]
    grants = [{"user_id": 1, "role": "Admin"}]
    rows = seed(tmp_path, accounts=PEOPLE, grants=grants, approved_admins=lines).run("admins_not_approved")
    assert refs(rows, "approved_by") == ("ciso",)


def test_only_the_role_of_that_very_name_is_admin(tmp_path: Path) -> None:
    grants = [{"user_id": 1, "role": role} for role in ("admin", "Admins", "sql_lab")]
    assert seed(tmp_path, accounts=PEOPLE, grants=grants).run("admins_not_approved") == []


def test_without_a_list_nothing_can_be_said(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"approved_admins_file": []})
    assert missing(seeded.evidence("admins_not_approved")) == {"approved_admins_file": [("07-01", "10-01")]}


def test_without_a_list_nobody_is_judged(tmp_path: Path) -> None:
    grants: list[Row] = [{"user_id": 1, "role": "Admin"}]
    accounts: list[Row] = [{"user_id": 1, "username": "alice"}]
    seeded = seed(tmp_path, held={"approved_admins_file": []}, accounts=accounts, grants=grants)
    evidence = seeded.evidence("admins_not_approved")
    assert (evidence.rows, evidence.flagged) == (1, 0)
    assert [row["flag_reason"] for row in rows_of(evidence)] == [None]
