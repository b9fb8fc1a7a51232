from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from .seed import EDGES, Row, at, edges, missing, refs, rows_of, seed

GONE = date(2026, 7, 31)
ALICE = {"line": 2, "user_id": 1, "left_on": GONE}
DEACTIVATED = [{"user_id": 1, "username": "alice", "active": False}]


def act(time: str, ref: str = "logs:1", kind: str = "view", **columns: object) -> Row:
    return {"user_id": 1, "kind": kind, "occurred_at": at(time), "source_ref": ref, **columns}


@pytest.mark.parametrize(
    ("active", "used", "reason"),
    [
        (True, True, "still active, and used after the last day"),
        (True, False, "still active"),
        (False, True, "used after the last day"),
        (False, False, None),
    ],
)
def test_an_account_that_is_active_or_was_used_is_an_exception(
    active: bool, used: bool, reason: str | None, tmp_path: Path
) -> None:
    accounts = [{"user_id": 1, "username": "alice", "active": active}]
    events = [act("08-20 19:00")] if used else []
    evidence = seed(tmp_path, leavers=[ALICE], accounts=accounts, events=events).evidence("leavers_active")
    (row,) = rows_of(evidence)
    assert (row["flag_reason"], row["flagged"], row["acts_after"]) == (reason, reason is not None, int(used))
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, int(reason is not None), 1)


def test_only_acts_of_the_window_after_the_last_day_count(tmp_path: Path) -> None:
    events = [act("07-31 23:59:59.999999", "on the day"), act("08-01", "after"), act("08-02", "bob", user_id=2)]
    (row,) = seed(tmp_path, leavers=[ALICE], accounts=DEACTIVATED, events=events).run("leavers_active")
    assert (row["acts_after"], row["last_act_at"], row["last_act_ref"]) == (1, at("08-01"), "after")
    long_gone = [{**ALICE, "left_on": date(2026, 1, 31)}]
    (row,) = seed(tmp_path, leavers=long_gone, accounts=DEACTIVATED, events=edges(kind="view")).run("leavers_active")
    assert (row["acts_after"], row["last_act_ref"]) == (len(EDGES), "last")
    (row,) = seed(tmp_path, leavers=long_gone, accounts=DEACTIVATED, statements=edges()).run("leavers_active")
    assert (row["acts_after"], row["last_act_ref"]) == (len(EDGES), "last")


def test_a_run_in_sql_lab_is_one_act_though_two_tables_hold_it(tmp_path: Path) -> None:
    events = [
        act("08-20 19:00:01", "logs:1", "statement", statement_ref="query:1"),
        act("08-20 18:00", "logs:2", "statement"),
    ]
    statements = [{"user_id": 1, "occurred_at": at("08-20 19:00"), "source_ref": "query:1"}]
    seeded = seed(tmp_path, leavers=[ALICE], accounts=DEACTIVATED, events=events, statements=statements)
    (row,) = seeded.run("leavers_active")
    assert (row["acts_after"], row["last_act_ref"]) == (2, "query:1")


def test_schedules_and_rejected_sign_ins_are_no_use_of_the_account(tmp_path: Path) -> None:
    events = [act("08-20", "logs:1", "scheduled_run"), act("08-20", "logs:2", "sign_in", event_outcome="failed")]
    events += [act("08-20", "logs:3", "sign_in", event_outcome="refused")]
    (row,) = seed(tmp_path, leavers=[ALICE], accounts=DEACTIVATED, events=events).run("leavers_active")
    assert (row["acts_after"], row["last_act_at"], row["flagged"]) == (0, None, False)


def test_of_acts_at_the_same_instant_the_last_reference_is_named(tmp_path: Path) -> None:
    events = [act("08-20", "logs:3"), act("08-20", "logs:2")]
    (row,) = seed(tmp_path, leavers=[ALICE], accounts=DEACTIVATED, events=events).run("leavers_active")
    assert row["last_act_ref"] == "logs:3"


def test_who_leaves_after_the_cut_off_is_left_out_and_who_has_no_account_is_shown_without_a_flag(
    tmp_path: Path,
) -> None:
    last_days = [(2, 1, date(2026, 9, 30)), (3, 2, date(2026, 10, 1)), (4, None, GONE)]
    leavers = [{"line": line, "user_id": user, "left_on": day} for line, user, day in last_days]
    accounts = [{"user_id": 1, "username": "alice"}, {"user_id": 2, "username": "bob"}]
    evidence = seed(tmp_path, leavers=leavers, accounts=accounts).evidence("leavers_active")
    found = {row["line"]: (row["active"], row["flagged"]) for row in rows_of(evidence)}
    assert found == {2: (True, True), 4: (None, False)}
    assert (evidence.flagged, evidence.population) == (1, 2)


def test_rows_come_in_order_of_the_last_day_then_of_the_name(tmp_path: Path) -> None:
    people = {1: ("carol", date(2026, 8, 1)), 2: ("bob", date(2026, 8, 1)), 3: ("dora", GONE)}
    leavers = [{"line": user + 1, "user_id": user, "left_on": day} for user, (_, day) in people.items()]
    accounts = [{"user_id": user, "username": name} for user, (name, _) in people.items()]
    rows = seed(tmp_path, leavers=leavers, accounts=accounts).run("leavers_active")
    assert refs(rows, "username") == ("dora", "bob", "carol")


def test_without_the_file_or_a_part_of_the_log_nothing_is_concluded(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"leavers_file": [], "log_rows": [("08-01", "10-02")]})
    gaps = {"leavers_file": [("07-01", "10-01")], "log_rows": [("07-01", "08-01")]}
    assert missing(seeded.evidence("leavers_active")) == gaps
