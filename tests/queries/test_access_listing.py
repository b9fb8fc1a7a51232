from __future__ import annotations

from pathlib import Path

from .seed import at, cells, missing, refs, rows_of, seed


def test_each_grant_is_a_row_and_an_account_without_a_role_is_one_too(tmp_path: Path) -> None:
    accounts = [
        {"user_id": 2, "username": "bob"},
        {"user_id": 1, "username": "alice"},
        {"user_id": 3, "username": "carol"},
    ]
    grants = [
        {"user_id": 1, "role": "Gamma", "source_ref": "ab_user_role:2"},
        {"user_id": 1, "role": "Alpha", "via": "group:Finance", "source_ref": "ab_user_group:1/ab_group_role:1"},
        {"user_id": 1, "role": "Alpha", "source_ref": "ab_user_role:1"},
        {"user_id": 3, "role": "Admin", "source_ref": "ab_user_role:3"},
    ]
    evidence = seed(tmp_path, accounts=accounts, grants=grants).evidence("access_listing")
    assert [(row["username"], row["role"], row["via"], row["source_ref"]) for row in rows_of(evidence)] == [
        ("alice", "Alpha", "direct", "ab_user_role:1"),
        ("alice", "Alpha", "group:Finance", "ab_user_group:1/ab_group_role:1"),
        ("alice", "Gamma", "direct", "ab_user_role:2"),
        ("bob", None, None, "ab_user:1"),
        ("carol", "Admin", "direct", "ab_user_role:3"),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (5, 0, 3)


def test_a_row_describes_its_account(tmp_path: Path) -> None:
    account = cells(
        username="alice",
        full_name="Alice Ng",
        email="alice@example.org",
        active=False,
        is_admin=True,
        created_local=at("01-05 11:00"),
        last_activity_at=at("08-12 09:00"),
    )
    grant = {"role": "Admin", "via": "direct", "source_ref": "ab_user_role:1"}
    seeded = seed(tmp_path, accounts=[{"user_id": 1, **account}], grants=[{"user_id": 1, **grant}])
    assert seeded.run("access_listing") == [{**account, **grant, "flagged": False}]


def test_current_state_knows_no_window(tmp_path: Path) -> None:
    seeded = seed(tmp_path, accounts=[{"username": "alice", "created_local": at("10-01 12:00")}])
    assert refs(seeded.run("access_listing"), "username") == ("alice",)


def test_a_database_without_accounts_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"accounts_now": []})
    assert missing(seeded.evidence("access_listing")) == {"accounts_now": [("07-01", "10-01")]}
