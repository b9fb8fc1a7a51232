from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .seed import Row, at, cells, missing, refs, rows_of, seed

# The cut-off of the quarter is 1 October 00:00: ninety days before it is 3 July 00:00.
OLD = at("01-05 11:00")
ALICE = {"user_id": 1, "username": "alice", "created_at": OLD, "created_local": OLD}
REACH = cells(action="welcome", first_at=at("01-02 08:00"), last_at=at("01-02 08:00"))


def day(first: str, last: str, user_id: int = 1, action: str = "welcome") -> Row:
    return {"user_id": user_id, "action": action, "first_at": at(first), "last_at": at(last)}


def test_an_account_that_nobody_used_for_ninety_days_is_an_exception_and_one_day_less_is_not(tmp_path: Path) -> None:
    accounts = [ALICE, {**ALICE, "user_id": 2, "username": "bob"}]
    used = [day("07-02 09:00", "07-02 23:59:59.999999"), day("07-03", "07-03", user_id=2)]
    evidence = seed(tmp_path, accounts=accounts, log_summary=[REACH, *used]).evidence("dormant_accounts")
    (row,) = rows_of(evidence)
    assert (row["username"], row["last_activity_at"]) == ("alice", at("07-02 23:59:59.999999"))
    assert (row["flag_reason"], row["doubt"]) == ("active, not used for 91 days", None)
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 2)


def test_the_number_of_days_is_a_parameter(tmp_path: Path) -> None:
    seeded = seed(tmp_path, accounts=[ALICE], log_summary=[REACH, day("08-31 09:00", "08-31 09:00")])
    assert refs(seeded.run("dormant_accounts", days=30), "flag_reason") == ("active, not used for 31 days",)
    assert seeded.run("dormant_accounts", days=31) == []


def test_an_account_that_was_never_used_is_an_exception_and_an_inactive_one_is_not(tmp_path: Path) -> None:
    accounts = [ALICE, {**ALICE, "user_id": 2, "active": False}]
    (row,) = seed(tmp_path, accounts=accounts, log_summary=[REACH]).run("dormant_accounts")
    assert (row["username"], row["flag_reason"]) == ("alice", "active, and the log holds no activity")


def test_use_after_the_cut_off_is_no_use_before_it(tmp_path: Path) -> None:
    events: list[Row] = [{"kind": "view", "occurred_at": at("10-01")}]
    seeded = seed(tmp_path, accounts=[ALICE], log_summary=[REACH, day("10-01", "10-01 09:00")], events=events)
    assert refs(seeded.run("dormant_accounts"), "flagged") == (True,)
    # In a zone of its own, the cut-off divides a UTC day.
    divided = [REACH, day("09-30 21:00", "10-01 20:00")]
    assert seed(tmp_path, accounts=[ALICE], log_summary=divided).run("dormant_accounts") == []


@pytest.mark.parametrize(
    ("relation", "row", "is_use"),
    [
        ("events", cells(kind="view"), True),
        ("events", cells(kind="scheduled_run"), False),
        ("events", cells(kind="sign_in", event_outcome="succeeded"), True),
        ("events", cells(kind="sign_in", event_outcome="failed"), False),
        ("events", cells(kind="sign_in", event_outcome="refused"), False),
        ("events", cells(kind="view", event_outcome="failed"), True),
        ("events", cells(kind="view", user_id=2), False),
        ("sign_ins", cells(event_outcome="succeeded"), True),
        ("sign_ins", cells(event_outcome="failed"), False),
        ("log_summary", day("08-12 09:00", "08-12 09:00"), True),
        ("log_summary", day("08-12 09:00", "08-12 09:00", action="UserLoginFailed"), False),
        ("log_summary", day("08-12 09:00", "08-12 09:00", action="execute_sql"), False),
        ("log_summary", day("08-12 09:00", "08-12 09:00", action="load_into_dataframe"), False),
        ("log_summary", day("08-12 09:00", "08-12 09:00", action="fetch_rows"), False),
    ],
)
def test_use_is_what_a_person_did_and_no_rejected_sign_in_and_no_alert(
    relation: str, row: Row, is_use: bool, tmp_path: Path
) -> None:
    relations: dict[str, Any] = {"log_summary": [REACH]}
    relations[relation] = [*relations.get(relation, []), row]
    assert bool(seed(tmp_path, accounts=[ALICE], **relations).run("dormant_accounts")) is not is_use


@pytest.mark.parametrize(
    ("created", "doubt"),
    [
        (cells(created_at=at("07-03"), created_local=at("07-03")), "created less than 90 days before"),
        (cells(created_at=at("07-02 23:59:59"), created_local=at("07-03")), None),
        (
            cells(created_local=at("07-02 12:00")),
            "may be younger than 90 days: created server-local, zone not declared",
        ),
        (cells(created_local=at("07-02 11:59:59")), None),
        (cells(), "cannot be told: no time of creation is stored"),
    ],
)
def test_a_young_account_without_use_is_not_an_exception(created: Row, doubt: str | None, tmp_path: Path) -> None:
    accounts: list[Row] = [{"user_id": 1, "username": "alice", **created}]
    (row,) = seed(tmp_path, accounts=accounts, log_summary=[REACH]).run("dormant_accounts")
    assert (row["doubt"], row["flagged"]) == (doubt, doubt is None)


def test_an_account_that_was_used_before_needs_no_time_of_creation(tmp_path: Path) -> None:
    accounts: list[Row] = [{"user_id": 1, "username": "alice"}]
    seeded = seed(tmp_path, accounts=accounts, log_summary=[REACH, day("02-01", "02-01")])
    assert refs(seeded.run("dormant_accounts"), "flagged") == (True,)


@pytest.mark.parametrize(
    ("accounts", "used", "judged"),
    [
        ([ALICE], [REACH], 1),
        # The log reaches back to August only: who was not seen since may have been before.
        ([ALICE], [day("08-01", "08-01", 2)], 0),
        ([ALICE, {**ALICE, "user_id": 2}], [day("08-01", "08-01", 2)], 1),
        ([{**ALICE, "active": False}], [REACH], 0),
        ([{**ALICE, "created_at": at("09-01"), "created_local": at("09-01")}], [REACH], 0),
    ],
)
def test_only_an_active_account_that_can_be_judged_is_counted(
    accounts: list[Row], used: list[Row], judged: int, tmp_path: Path
) -> None:
    assert seed(tmp_path, accounts=accounts, log_summary=used).evidence("dormant_accounts").population == judged


@pytest.mark.parametrize(
    ("log", "doubt"),
    [
        ([], "cannot be told: the log holds no row"),
        ([day("07-03 00:00:01", "07-03 10:00", 2)], "cannot be told: the log reaches back only to 2026-07-03"),
        ([day("07-03", "07-03", 2)], None),
    ],
)
def test_where_the_log_begins_later_it_cannot_be_told(log: list[Row], doubt: str | None, tmp_path: Path) -> None:
    (row,) = seed(tmp_path, accounts=[ALICE], log_summary=log).run("dormant_accounts")
    assert (row["doubt"], row["flagged"]) == (doubt, doubt is None)


def test_the_longest_unused_come_first(tmp_path: Path) -> None:
    accounts = [{**ALICE, "user_id": number, "username": name} for number, name in enumerate("cba", start=1)]
    used = [day("06-01", "06-01", 2), day("05-01", "05-01", 3)]
    rows = seed(tmp_path, accounts=accounts, log_summary=[REACH, *used]).run("dormant_accounts")
    assert refs(rows, "username") == ("a", "b", "c")


def test_without_accounts_or_without_a_log_nothing_can_be_said(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"accounts_now": [], "log_rows": [("08-01", "10-02")]})
    assert missing(seeded.evidence("dormant_accounts")) == {
        "accounts_now": [("07-01", "10-01")],
        "log_rows": [("07-01", "08-01")],
    }
