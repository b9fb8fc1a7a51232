from __future__ import annotations

from pathlib import Path

from .seed import Row, at, edges, missing, refs, seed


def failures(username: str, times: int, **columns: object) -> list[Row]:
    return [{"username": username, "occurred_at": at(f"08-12 09:0{n}"), **columns} for n in range(times)]


def test_more_failures_than_the_threshold_are_shown_and_as_many_are_not(tmp_path: Path) -> None:
    seeded = seed(tmp_path, sign_ins=[*failures("alice", 6), *failures("bob", 5)])
    (row,) = seeded.run("repeated_failures")
    assert (row["username"], row["failures"], row["flagged"]) == ("alice", 6, True)
    assert (row["first_at"], row["last_at"]) == (at("08-12 09:00"), at("08-12 09:05"))
    assert refs(seeded.run("repeated_failures", threshold=4), "username") == ("alice", "bob")


def test_only_failures_in_the_window_count(tmp_path: Path) -> None:
    (row,) = seed(tmp_path, sign_ins=edges()).run("repeated_failures", threshold=1)
    assert row["failures"] == 2
    assert seed(tmp_path, sign_ins=edges()).run("repeated_failures", threshold=2) == []


def test_letter_case_does_not_split_an_account_and_successes_do_not_count(tmp_path: Path) -> None:
    sign_ins = [*failures("alice", 1), *failures("ALICE", 1), *failures("alice", 3, event_outcome="succeeded")]
    (row,) = seed(tmp_path, sign_ins=sign_ins).run("repeated_failures", threshold=1)
    assert (row["username"], row["failures"]) == ("ALICE", 2)


def test_the_first_success_after_the_last_failure_is_named(tmp_path: Path) -> None:
    times = ["08-12 09:00:30", "08-12 09:01", "08-12 09:02", "08-12 09:03", "10-01"]
    successes = [{"event_outcome": "succeeded", "username": "Alice", "occurred_at": at(time)} for time in times]
    unknown = {"event_outcome": "unknown", "occurred_at": at("08-12 09:01:30")}
    sign_ins = [*failures("alice", 2), *successes, unknown]
    (row,) = seed(tmp_path, sign_ins=sign_ins).run("repeated_failures", threshold=1)
    assert row["succeeded_after"] == at("08-12 09:02")
    (row,) = seed(tmp_path, sign_ins=[*failures("alice", 2), successes[-1]]).run("repeated_failures", threshold=1)
    assert row["succeeded_after"] is None


def test_addresses_are_counted_and_unknown_names_are_told_from_accounts(tmp_path: Path) -> None:
    alice: list[Row] = [{"source_ip": address} for address in ("10.0.0.1", "10.0.0.2", "10.0.0.2", None)]
    stranger: list[Row] = [{"username": "administrator", "user_id": None}] * 5
    rows = seed(tmp_path, sign_ins=alice + stranger).run("repeated_failures", threshold=3)
    shown = [(row["username"], row["failures"], row["addresses"], row["known_account"]) for row in rows]
    assert shown == [("administrator", 5, 0, False), ("alice", 4, 2, True)]


def test_what_was_recorded_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sign_in_failures": [("08-12", "10-02")]})
    assert missing(seeded.evidence("repeated_failures")) == {"sign_in_failures": [("07-01", "08-12")]}
