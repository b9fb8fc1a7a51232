from __future__ import annotations

from pathlib import Path

import pytest

from .seed import Row, at, cells, missing, refs, rows_of, seed


def account(user_id: int, username: str, **columns: object) -> Row:
    return {"user_id": user_id, "username": username, **columns}


@pytest.mark.parametrize(
    ("username", "word"),
    [
        ("admin", "admin"),
        ("Admin2", "admin"),
        ("svc_portal", "svc"),
        ("user1", "user"),
        ("ward-3.team", "team"),
        ("guest@example.org", "guest"),
        ("ops+demo", "demo"),
        ("test.user", "test"),
        ("badminton", None),
        ("contest", None),
        ("alice@test.example.org", None),
        ("grooteam", None),
    ],
)
def test_a_generic_word_counts_where_it_stands_by_itself(username: str, word: str | None, tmp_path: Path) -> None:
    rows = seed(tmp_path, accounts=[account(1, username)]).run("shared_accounts")
    assert refs(rows, "flag_reason") == ((f"generic name ({word})",) if word else ())


def test_an_e_mail_or_a_display_name_of_two_active_accounts_is_flagged_letter_case_and_margins_aside(
    tmp_path: Path,
) -> None:
    accounts = [
        account(1, "alice", email="Alice@example.org", full_name="Alice Ng"),
        account(2, "bob", email="alice@example.org ", full_name="Bob"),
        account(3, "carol", email="carol@example.org", full_name="alice NG "),
        account(4, "dan", email="dan@example.org", full_name="Dan"),
    ]
    rows = seed(tmp_path, accounts=accounts).run("shared_accounts")
    assert [(row["username"], row["flag_reason"]) for row in rows] == [
        ("alice", "e-mail of 2 active accounts; display name of 2 active accounts"),
        ("bob", "e-mail of 2 active accounts"),
        ("carol", "display name of 2 active accounts"),
    ]


def test_what_is_empty_is_not_the_same(tmp_path: Path) -> None:
    accounts = [account(1, "alice", email="", full_name=" "), account(2, "bob", email="", full_name=" ")]
    accounts += [account(3, "carol"), account(4, "dan")]
    assert seed(tmp_path, accounts=accounts).run("shared_accounts") == []


def test_accounts_that_cannot_sign_in_are_neither_flagged_nor_compared(tmp_path: Path) -> None:
    accounts = [account(1, "guest", active=False), account(2, "alice", email="a@example.org")]
    accounts += [account(3, "alice.old", email="a@example.org", active=False)]
    assert seed(tmp_path, accounts=accounts).run("shared_accounts") == []


def test_a_row_describes_its_account_and_all_its_reasons(tmp_path: Path) -> None:
    shared = cells(
        username="svc_test",
        full_name="Portal",
        email="p@example.org",
        roles="Gamma",
        last_activity_at=at("08-12 09:00"),
        source_ref="ab_user:2",
    )
    accounts = [account(1, "alice", email="p@example.org"), {"user_id": 2, **shared}]
    evidence = seed(tmp_path, accounts=accounts).evidence("shared_accounts")
    assert rows_of(evidence)[1] == {
        **shared,
        "flag_reason": "generic name (svc); e-mail of 2 active accounts",
        "flagged": True,
    }
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 2, 2)


def test_rows_come_by_name(tmp_path: Path) -> None:
    accounts = [account(number, name) for number, name in enumerate(("root", "admin", "guest"), start=1)]
    assert refs(seed(tmp_path, accounts=accounts).run("shared_accounts"), "username") == ("admin", "guest", "root")


def test_a_database_without_accounts_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"accounts_now": []})
    assert missing(seeded.evidence("shared_accounts")) == {"accounts_now": [("07-01", "10-01")]}
