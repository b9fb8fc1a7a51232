from __future__ import annotations

from pathlib import Path

from .seed import at, cells, missing, refs, rows_of, seed


def test_accounts_whose_counter_is_not_zero_are_listed_highest_first_then_by_name(tmp_path: Path) -> None:
    counters = {"dora": 2, "alice": 0, "carol": 7, "bob": 2, "erin": None, "frank": 1}
    accounts = [{"username": name, "fail_login_count": count} for name, count in counters.items()]
    evidence = seed(tmp_path, accounts=accounts).evidence("failed_login_counters")
    assert refs(rows_of(evidence), "username") == ("carol", "bob", "dora", "frank")
    assert (evidence.rows, evidence.flagged, evidence.population) == (4, 0, 6)


def test_a_row_tells_the_counters_and_the_last_sign_in_as_far_as_its_zone_is_known(tmp_path: Path) -> None:
    account = cells(
        username="carol",
        active=False,
        fail_login_count=7,
        login_count=3,
        last_login_at=None,
        last_login_local=at("08-12 11:00"),
        source_ref="ab_user:4",
    )
    (row,) = seed(tmp_path, accounts=[account]).run("failed_login_counters")
    assert row == {**account, "flagged": False}


def test_a_database_without_accounts_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"accounts_now": []})
    assert missing(seeded.evidence("failed_login_counters")) == {"accounts_now": [("07-01", "10-01")]}
