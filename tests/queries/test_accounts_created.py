from __future__ import annotations

from pathlib import Path

from .seed import EDGES, Row, at, cells, edges, missing, refs, rows_of, seed

UNDECLARED = "server-local, zone not declared: it may lie outside the period by some hours"


def created(ref: str, local: str | None, utc: str | None = None) -> Row:
    times = {"created_local": at(local) if local else None, "created_at": at(utc) if utc else None}
    return {"source_ref": ref, "username": ref, **times}


def test_the_window_is_half_open_and_of_utc(tmp_path: Path) -> None:
    times = [(row["source_ref"], row["occurred_at"]) for row in edges()]
    accounts = [{"source_ref": ref, "created_at": time, "created_local": at("01-01")} for ref, time in times]
    evidence = seed(tmp_path, accounts=accounts).evidence("accounts_created")
    assert refs(rows_of(evidence)) == EDGES
    assert refs(rows_of(evidence), "doubt") == (None, None)
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 4)


def test_where_the_zone_is_not_declared_every_account_that_may_lie_in_the_window_is_listed_with_doubt(
    tmp_path: Path,
) -> None:
    local = {"before": "06-30 11:59:59", "west": "06-30 12:00", "east": "10-01 13:59:59", "after": "10-01 14:00"}
    rows = seed(tmp_path, accounts=[created(ref, time) for ref, time in local.items()]).run("accounts_created")
    assert [(row["username"], row["created_at"], row["doubt"]) for row in rows] == [
        ("west", None, UNDECLARED),
        ("east", None, UNDECLARED),
    ]


def test_an_account_without_any_time_is_never_left_out(tmp_path: Path) -> None:
    (row,) = seed(tmp_path, accounts=[created("bare", None)]).run("accounts_created")
    assert (row["username"], row["created_local"], row["doubt"]) == ("bare", None, "no time of creation is stored")


def test_rows_come_in_order_of_creation_then_of_the_name(tmp_path: Path) -> None:
    when = ("08-12 11:00", "08-12 09:00")
    accounts = [created("bob", *when), created("alice", *when), created("carol", "08-11 11:00", "08-11 09:00")]
    assert refs(seed(tmp_path, accounts=accounts).run("accounts_created"), "username") == ("carol", "alice", "bob")


def test_a_row_describes_the_account_as_it_is_now(tmp_path: Path) -> None:
    account = cells(
        username="bob",
        full_name="Bob Ray",
        email="bob@example.org",
        active=False,
        roles="Gamma",
        created_by="admin",
        created_at=at("08-12 09:00"),
        created_local=at("08-12 11:00"),
    )
    (row,) = seed(tmp_path, accounts=[account]).run("accounts_created")
    assert row == {**account, "doubt": None, "source_ref": "ab_user:1", "flagged": False}


def test_a_database_without_accounts_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"accounts_now": []})
    assert missing(seeded.evidence("accounts_created")) == {"accounts_now": [("07-01", "10-01")]}
