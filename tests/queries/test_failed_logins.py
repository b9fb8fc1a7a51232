from __future__ import annotations

from pathlib import Path

from .seed import EDGES, Row, at, edges, missing, refs, rows_of, seed


def failures(username: str, times: int) -> list[Row]:
    return [{"username": username, "occurred_at": at(f"08-12 09:0{minute}")} for minute in range(times)]


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, sign_ins=edges()).run("failed_logins")) == EDGES


def test_rejected_and_refused_sign_ins_are_shown_and_others_are_not(tmp_path: Path) -> None:
    outcomes = ["failed", "refused", "succeeded", "unknown"]
    seeded = seed(tmp_path, sign_ins=[{"event_outcome": outcome, "source_ref": outcome} for outcome in outcomes])
    evidence = seeded.evidence("failed_logins")
    assert refs(rows_of(evidence)) == ("failed", "refused")
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 3)


def test_an_account_is_flagged_from_the_threshold_on_whatever_its_letter_case(tmp_path: Path) -> None:
    five = [*failures("alice", 4), {"username": "Alice", "occurred_at": at("08-12 10:00")}]
    seeded = seed(tmp_path, sign_ins=[*five, *failures("bob", 4)])
    rows = seeded.run("failed_logins")
    reason = "failures of this account in the window: 5"
    flags = [(row["username"], row["failures"], row["flag_reason"], row["flagged"]) for row in rows]
    assert sorted(set(flags)) == [("Alice", 5, reason, True), ("alice", 5, reason, True), ("bob", 4, None, False)]
    assert seeded.evidence("failed_logins").flagged == 5
    assert seeded.evidence("failed_logins", threshold=4).flagged == 9
    assert seeded.evidence("failed_logins", threshold=6).flagged == 0


def test_a_single_failure_is_flagged_where_nobody_could_have_signed_in(tmp_path: Path) -> None:
    accounts: list[Row] = [
        {"user_id": 1, "username": "alice", "active": True},
        {"user_id": 5, "username": "dave", "active": False},
    ]
    sign_ins: list[Row] = [
        {"username": "alice", "user_id": 1},
        {"username": "dave", "user_id": 5},
        {"username": "ghost", "user_id": None},
    ]
    rows = seed(tmp_path, sign_ins=sign_ins, accounts=accounts).run("failed_logins")
    assert {row["username"]: row["flag_reason"] for row in rows} == {
        "alice": None,
        "dave": "the account is not active",
        "ghost": "there is no account of this name",
    }


def test_failures_outside_the_window_do_not_count_towards_the_threshold(tmp_path: Path) -> None:
    seeded = seed(tmp_path, sign_ins=edges())
    assert [row["failures"] for row in seeded.run("failed_logins")] == [2, 2]
    assert seeded.evidence("failed_logins", threshold=3).flagged == 0


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    when = at("08-12 09:00")
    sign_ins: list[Row] = [
        {"source_ref": "logs:3", "occurred_at": when},
        {"source_ref": "logs:2", "occurred_at": when},
        {"source_ref": "logs:9", "occurred_at": at("08-11 09:00")},
    ]
    assert refs(seed(tmp_path, sign_ins=sign_ins).run("failed_logins")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_recorded_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sign_in_failures": [("08-12", "10-02")]})
    assert missing(seeded.evidence("failed_logins")) == {"sign_in_failures": [("07-01", "08-12")]}
