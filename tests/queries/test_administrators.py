from __future__ import annotations

from pathlib import Path

from .seed import Row, at, cells, missing, refs, rows_of, seed

PEOPLE = [{"user_id": number, "username": name} for number, name in enumerate(("alice", "bob", "carol"), start=1)]


def entitlement(role_id: int, may: str, reach: str | None = "security") -> Row:
    return {"role_id": role_id, "may": may, "reach": reach}


def test_who_holds_admin_or_a_role_that_changes_security_is_listed_and_nobody_else(tmp_path: Path) -> None:
    grants = [
        {"user_id": 1, "role_id": 1, "role": "Admin"},
        {"user_id": 2, "role_id": 2, "role": "Helpdesk"},
        {"user_id": 3, "role_id": 3, "role": "Alpha"},
    ]
    rights = [
        entitlement(1, "read every dataset", "data"),
        entitlement(2, "reset the passwords of others"),
        entitlement(2, "change accounts"),
        entitlement(2, "change accounts"),
        entitlement(2, "see charts", "content"),
        entitlement(3, "read every dataset", "data"),
        entitlement(3, "see charts", "content"),
        entitlement(3, "can_log on Superset", None),
    ]
    evidence = seed(tmp_path, accounts=PEOPLE, grants=grants, entitlements=rights).evidence("administrators")
    assert [(row["username"], row["role"], row["may"]) for row in rows_of(evidence)] == [
        ("alice", "Admin", "do everything"),
        ("bob", "Helpdesk", "change accounts, reset the passwords of others"),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 3)


def test_each_way_that_a_role_was_given_is_a_row_and_inactive_accounts_are_listed(tmp_path: Path) -> None:
    alice = cells(username="alice", full_name="Alice Ng", active=False, last_activity_at=at("08-12 09:00"))
    grants = [
        {"user_id": 1, "role_id": 1, "role": "Admin", "via": "group:Ops", "source_ref": "g:2"},
        {"user_id": 1, "role_id": 1, "role": "Admin", "source_ref": "g:1"},
    ]
    rights = [entitlement(1, "change accounts")]
    rows = seed(tmp_path, accounts=[{"user_id": 1, **alice}], grants=grants, entitlements=rights).run("administrators")
    same = {**alice, "role": "Admin", "may": "do everything", "flagged": False}
    assert rows == [
        {**same, "via": "direct", "source_ref": "g:1"},
        {**same, "via": "group:Ops", "source_ref": "g:2"},
    ]


def test_rows_come_by_account_and_role(tmp_path: Path) -> None:
    grants = [
        {"user_id": 2, "role_id": 1, "role": "Admin", "source_ref": "g:1"},
        {"user_id": 1, "role_id": 2, "role": "Helpdesk", "source_ref": "g:2"},
        {"user_id": 1, "role_id": 1, "role": "Admin", "source_ref": "g:3"},
    ]
    rows = seed(tmp_path, accounts=PEOPLE, grants=grants, entitlements=[entitlement(2, "change roles")])
    assert refs(rows.run("administrators")) == ("g:3", "g:2", "g:1")


def test_a_database_without_accounts_or_permissions_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"entitlements_now": [], "accounts_now": []})
    gap = [("07-01", "10-01")]
    assert missing(seeded.evidence("administrators")) == {"accounts_now": gap, "entitlements_now": gap}
