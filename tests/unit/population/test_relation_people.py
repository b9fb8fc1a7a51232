"""Who somebody is and what belongs to a scope, where names differ in letter case only and roles come by groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditctl.errors import InputFileError, SettingsError
from auditctl.settings import Inputs, Scope

from .made import ADMIN, ALICE, BOB, CAROL, SETTINGS, Superset

DAY = "2026-07-01"


@pytest.fixture
def two_alices(superset: Superset) -> Superset:
    """The account Alice, id 7, beside alice, id 2."""
    superset.sql(
        "INSERT INTO ab_user (id, first_name, last_name, username, email, active)"
        " VALUES (7, 'Al', 'Ice', 'Alice', 'Alice@example.com', 1)"
    )
    return superset


def test_one_attempt_to_sign_in_is_one_row_whoever_has_such_a_name(two_alices: Superset) -> None:
    expected = {"alice": ALICE, "Alice": 7, "ALICE": None, "ghost": None, "BOB": BOB}
    for typed in expected:
        payload = {"recorder": 1, "username": typed, "event_outcome": "failed", "reason": "bad_password"}
        two_alices.log("UserLoginFailed", f"{DAY} 08:00:00.000000", payload, user_id=None)
    found = two_alices.build("sign_ins").rows("SELECT username, user_id FROM sign_ins ORDER BY source_ref")
    assert found == list(expected.items())


def lists(folder: Path, *people: str) -> Inputs:
    """Name these people as leavers, and as approved administrators."""
    leavers, admins = folder / "leavers.csv", folder / "admins.csv"
    lines = "".join(f"{who},2026-07-31\n" for who in people)
    leavers.write_text(f"username,email,left_on\n{lines}", encoding="utf-8")
    lines = "".join(f"{who},ute,2026-07-31\n" for who in people)
    admins.write_text(f"username,email,approved_by,approved_on\n{lines}", encoding="utf-8")
    return Inputs(leavers=leavers, approved_admins=admins)


@pytest.mark.parametrize(
    "expected",
    [
        {
            "alice,": (ALICE, "username", 1),
            "BOB,": (BOB, "username", 1),
            "admin,admin@example.com": (ADMIN, "username", 1),
            "robert,carol@example.com": (CAROL, "email", 1),
            ",Alice@example.com": (7, "email", 1),
            "ghost,ghost@example.com": (None, None, 0),
        },
        {"Alice,": (7, "username", 1), ",BOB@EXAMPLE.COM": (BOB, "email", 1)},
    ],
)
def test_people_are_matched_by_name_then_email_exactly_before_loosely(
    two_alices: Superset, expected: dict[str, tuple[int | None, str | None, int]]
) -> None:
    settings = replace(SETTINGS, inputs=lists(two_alices.folder, *expected))
    built = two_alices.build("leavers", "approved_admins", settings=settings)
    for relation in ("leavers", "approved_admins"):
        found = built.rows(f"SELECT user_id, matched_by, matches FROM {relation} ORDER BY line")
        assert found == list(expected.values())


def test_the_lines_of_all_files_are_matched_together(two_alices: Superset) -> None:
    settings = replace(SETTINGS, inputs=lists(two_alices.folder, "bob,", "ghost,"))
    found = two_alices.build("input_rows", settings=settings).rows("SELECT file, line, user_id FROM input_rows")
    assert found == [
        (name, line, user) for name in ("approved_admins", "leavers") for line, user in ((2, BOB), (3, None))
    ]


def test_a_name_of_two_accounts_is_refused_with_its_line(two_alices: Superset) -> None:
    settings = replace(
        SETTINGS, inputs=lists(two_alices.folder, "bob,", "ALICE,", ",ALICE@example.com", "admin,carol@example.com")
    )
    with pytest.raises(InputFileError) as error:
        two_alices.build("leavers", "approved_admins", settings=settings)
    problems = [problem.removeprefix(f"{two_alices.folder}/") for problem in error.value.diagnostics()]
    assert [problem.partition(" accounts")[0] for problem in problems] == [
        "leavers.csv:3: ALICE matches 2",
        "leavers.csv:4: ALICE@example.com matches 2",
        "leavers.csv:5: admin matches 2",  # the name is one person's, the address another's
        "admins.csv:3: ALICE matches 2",
        "admins.csv:4: ALICE@example.com matches 2",
        "admins.csv:5: admin matches 2",
    ]


def test_a_sign_in_of_the_recorder_is_told_as_it_was_typed(superset: Superset) -> None:
    row = superset.log(
        "UserLoginFailed",
        f"{DAY} 08:00:00.000000",
        {
            "recorder": 1,
            "username": "ghost",
            "event_outcome": "failed",
            "reason": "unknown_user",
            "source_ip": "192.0.2.7",
        },
        user_id=None,
    )
    columns = "source_ref, username, user_id, event_outcome, reason, source_ip, reported_by"
    rows = superset.build("sign_ins").rows(f"SELECT {columns} FROM sign_ins")
    assert rows == [(f"logs:{row}", "ghost", None, "failed", "unknown_user", "192.0.2.7", "recorder")]


def test_sign_ins_of_a_file_keep_to_the_window(superset: Superset) -> None:
    path = superset.folder / "sign_ins.csv"
    lines = ["2025-12-30T23:59:59Z,bob,failed", "2026-01-01T00:00:00Z,bob,failed", "2027-01-01T00:00:00Z,bob,failed"]
    path.write_text("\n".join(["time,username,event_outcome", *lines]), encoding="utf-8")
    inputs = Inputs(sign_in_log=path, sign_in_log_covers="2026-01-01..2026-07-01")
    settings = replace(SETTINGS, inputs=inputs)
    built = superset.build("sign_ins", settings=settings, requires=("sign_in_failures",))
    assert built.rows("SELECT source_ref, user_id, reported_by FROM sign_ins") == [("file:3", BOB, "file")]
    (held,) = built.population.capabilities["sign_in_failures"].held
    assert (held.since, held.until, held.by) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
        "file",
    )


def test_a_role_held_through_a_group_is_a_grant_and_can_make_an_administrator(superset: Superset) -> None:
    superset.sql("INSERT INTO ab_user_group VALUES (1, 4, 1)", "INSERT INTO ab_group_role VALUES (2, 1, 1)")
    built = superset.build("accounts")
    rows = built.rows("SELECT source_ref, role, via FROM grants WHERE user_id = 4 AND via <> 'direct' ORDER BY role")
    assert rows == [
        ("ab_user_group:1/ab_group_role:2", "Admin", "group:oncall"),
        ("ab_user_group:1/ab_group_role:1", "data_orders", "group:oncall"),
    ]
    assert built.rows("SELECT roles, is_admin FROM accounts WHERE username = 'carol'") == [
        ("Admin, Gamma, data_orders", True)
    ]


def scope_of(superset: Superset, **entries: Any) -> set[tuple[str, str]]:
    settings = replace(SETTINGS, scopes=(Scope("phi", **entries),))
    return set(
        superset.build("scope_objects", settings=settings).rows("SELECT object_type, object_id FROM scope_objects")
    )


VIRTUAL = (
    "UPDATE tables SET sql = 'SELECT * FROM main.patients p JOIN main.orders o ON o.patient_id = p.id' WHERE id = 3"
)


def test_a_virtual_dataset_is_in_the_scope_of_the_tables_that_it_reads(superset: Superset) -> None:
    superset.sql(VIRTUAL)
    assert scope_of(superset, tables=("main.patients",)) == {
        ("table", "main.patients"),
        ("dataset", "1"),
        ("dataset", "3"),
        ("chart", "1"),
        ("chart", "3"),
        *(("dashboard", key) for key in "124"),
    }


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ({"dashboards": ("patient-census",)}, {("dashboard", "1"), ("chart", "1")}),
        ({"dashboards": (2,)}, {("dashboard", "2"), ("chart", "2"), ("chart", "3")}),
        ({"datasets": ("patients",)}, {("dataset", "1"), ("chart", "1"), ("dashboard", "1")}),
        (
            {"tables": ("production.main.patients",)},
            {("table", "production.main.patients"), ("dataset", "1"), ("chart", "1"), ("dashboard", "1")},
        ),
    ],
)
def test_a_scope_is_what_its_entries_bring(
    superset: Superset, entries: Mapping[str, Any], found: set[tuple[str, str]]
) -> None:
    assert scope_of(superset, **entries) == found


def test_a_declared_database_brings_everything_on_it(superset: Superset) -> None:
    found = scope_of(superset, databases=("Production",))
    assert found == {
        ("database", "1"),
        *(("dataset", key) for key in "123"),
        *(("chart", key) for key in "1235"),
        *(("dashboard", key) for key in "124"),
    }


def test_entries_that_match_nothing_are_refused_all_at_once(superset: Superset) -> None:
    with pytest.raises(SettingsError) as error:
        scope_of(
            superset, databases=("prod",), datasets=(99,), dashboards=("patient-cenus", 1), tables=("main.nowhere",)
        )
    assert [problem.split(": ", 1)[1] for problem in error.value.diagnostics()] == [
        "scope.phi.databases: 'prod' matches nothing in this source; mend or remove it",
        "scope.phi.datasets: '99' matches nothing in this source; mend or remove it",
        "scope.phi.dashboards: 'patient-cenus' matches nothing in this source; mend or remove it",
    ]


def test_an_account_whose_creator_is_gone_is_still_told(superset: Superset) -> None:
    superset.sql("UPDATE ab_user SET created_by_fk = 99 WHERE id = 2", "UPDATE dashboards SET changed_by_fk = 99")
    built = superset.build("accounts", "objects")
    assert built.rows("SELECT username, created_by FROM accounts WHERE user_id = 2") == [("alice", None)]
    assert built.column("SELECT count(*) FROM objects") == [15]


def test_an_account_that_is_gone_keeps_its_number(superset: Superset) -> None:
    superset.log("welcome", f"{DAY} 08:00:00.000000", user_id=99)
    assert superset.build().rows("SELECT username, attributed FROM events") == [("account 99 (gone)", True)]


def test_activity_is_of_all_time_and_a_failed_sign_in_is_none(superset: Superset) -> None:
    superset.log("welcome", "2024-02-29 12:00:00.000000", user_id=ADMIN)
    superset.log("UserLoginFailed", f"{DAY} 08:00:00.000000", {"username": "admin"}, user_id=ADMIN)
    rows = superset.build("accounts").rows("SELECT CAST(last_activity_at AS VARCHAR) FROM accounts WHERE user_id = 1")
    assert rows == [("2024-02-29 12:00:00",)]
