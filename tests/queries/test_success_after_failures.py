from __future__ import annotations

from pathlib import Path

import pytest

from .seed import Row, at, missing, refs, seed


def failures(*times: str, username: str = "alice", outcome: str = "failed") -> list[Row]:
    return [{"username": username, "event_outcome": outcome, "occurred_at": at(time)} for time in times]


def success(time: str, ref: str = "success", **columns: object) -> Row:
    return {"event_outcome": "succeeded", "occurred_at": at(time), "source_ref": ref, **columns}


BURST = failures(*(f"08-12 09:0{minute}" for minute in range(5)))


def test_a_success_right_after_as_many_failures_as_the_threshold_is_an_item(tmp_path: Path) -> None:
    seeded = seed(tmp_path, sign_ins=[*BURST, success("08-12 09:05", source_ip="203.0.113.77")])
    (row,) = seeded.run("success_after_failures")
    assert (row["source_ref"], row["failures"], row["source_ip"], row["flagged"]) == (
        "success",
        5,
        "203.0.113.77",
        True,
    )
    assert (row["first_failure_at"], row["last_failure_at"]) == (at("08-12 09:00"), at("08-12 09:04"))
    assert seeded.run("success_after_failures", threshold=6) == []
    unknown = {**success("08-12 09:05"), "event_outcome": "unknown"}
    assert seed(tmp_path, sign_ins=[*BURST, unknown]).run("success_after_failures") == []


@pytest.mark.parametrize(("time", "found"), [("09:30:00", True), ("09:30:00.000001", False), ("09:30:59", False)])
def test_a_failure_counts_for_exactly_the_minutes(time: str, found: bool, tmp_path: Path) -> None:
    sign_ins = [*failures("08-12 09:00"), success(f"08-12 {time}")]
    assert bool(seed(tmp_path, sign_ins=sign_ins).run("success_after_failures", threshold=1)) is found


def test_longer_minutes_reach_further_back(tmp_path: Path) -> None:
    seeded = seed(tmp_path, sign_ins=[*failures("08-12 09:00"), success("08-12 10:00")])
    assert seeded.run("success_after_failures", threshold=1, minutes=59) == []
    assert len(seeded.run("success_after_failures", threshold=1, minutes=60)) == 1


def test_failures_of_others_failures_not_before_it_and_unknown_outcomes_do_not_count(tmp_path: Path) -> None:
    others = (
        failures("08-12 09:01", username="bob") + failures("08-12 09:06") + failures("08-12 09:02", outcome="unknown")
    )
    seeded = seed(tmp_path, sign_ins=[*others, *failures("08-12 09:05"), success("08-12 09:05")])
    assert seeded.run("success_after_failures", threshold=1) == []


def test_letter_case_does_not_split_an_account_and_refusals_count(tmp_path: Path) -> None:
    sign_ins = [*failures("08-12 09:00", username="ALICE"), *failures("08-12 09:01", outcome="refused")]
    (row,) = seed(tmp_path, sign_ins=[*sign_ins, success("08-12 09:05", username="Alice")]).run(
        "success_after_failures", threshold=2
    )
    assert (row["username"], row["failures"]) == ("Alice", 2)


def test_the_success_lies_in_the_window_and_its_failures_may_lie_before(tmp_path: Path) -> None:
    sign_ins = [*failures("06-30 23:50"), success("06-30 23:59:59", "early"), success("07-01", "first")]
    sign_ins += [*failures("09-30 23:50"), success("09-30 23:59:59.999999", "last"), success("10-01", "late")]
    assert refs(seed(tmp_path, sign_ins=sign_ins).run("success_after_failures", threshold=1)) == ("first", "last")


def test_both_failures_and_successes_must_have_been_held(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sign_in_failures": [], "sign_in_successes": [("08-01", "10-02")]})
    gaps = {"sign_in_failures": [("07-01", "10-01")], "sign_in_successes": [("07-01", "08-01")]}
    assert missing(seeded.evidence("success_after_failures")) == gaps
