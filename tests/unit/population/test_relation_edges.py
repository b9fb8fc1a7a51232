"""Where relations could invent a row, lose one, or say more than the database shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from auditctl.errors import InputFileError, SettingsError
from auditctl.period import Period
from auditctl.settings import BusinessHours, Inputs, Report, Scope, Source

from .made import ADMIN, ALICE, BOB, CAROL, SETTINGS, Superset

NEW_YORK = replace(SETTINGS, report=Report(zone="America/New_York"))
DAY = "2026-07-01"

# --- Local time


@pytest.mark.parametrize(
    ("at", "local_date", "local_hour"),
    [
        ("2026-03-08 06:59:59.999999", "2026-03-08", 1),  # the last moment before 01:59 becomes 03:00
        ("2026-03-08 07:00:00.000000", "2026-03-08", 3),
        ("2026-11-01 03:59:59.999999", "2026-10-31", 23),
        ("2026-11-01 05:30:00.000000", "2026-11-01", 1),  # 01:30, for the first time
        ("2026-11-01 06:30:00.000000", "2026-11-01", 1),  # 01:30, for the second time
        ("2026-11-01 07:00:00.000000", "2026-11-01", 2),
    ],
)
def test_local_days_and_hours_follow_the_clocks(superset: Superset, at: str, local_date: str, local_hour: int) -> None:
    superset.log("welcome", at)
    found = superset.build(NEW_YORK).rows("SELECT CAST(local_date AS VARCHAR), local_hour FROM events")
    assert found == [(local_date, local_hour)]


def test_a_day_on_which_clocks_change_is_as_long_as_it_was(superset: Superset) -> None:
    superset.log("welcome", "2026-11-02 04:59:59.999999")  # 23:59 on Sunday 1 November
    superset.log("welcome", "2026-11-02 05:00:00.000000")  # Monday
    rows = superset.build(NEW_YORK).rows(
        "SELECT CAST(day AS VARCHAR), weekday, date_diff('hour', day_since, day_until), log_rows FROM days"
        " WHERE day IN ('2026-03-08', '2026-11-01', '2026-11-02') ORDER BY day"
    )
    assert rows == [("2026-03-08", 7, 23, 0), ("2026-11-01", 7, 25, 1), ("2026-11-02", 1, 24, 1)]


def test_the_first_and_last_day_are_cut_to_the_window(superset: Superset) -> None:
    # A window of UTC days begins and ends at 19:00 and 20:00 in New York.
    since, until = datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    built = superset.build(NEW_YORK, Period("a day", since, until, "UTC"))
    rows = built.rows("SELECT CAST(day AS VARCHAR), CAST(day_since AS VARCHAR), CAST(day_until AS VARCHAR) FROM days")
    assert rows == [
        ("2026-03-07", "2026-03-08 00:00:00", "2026-03-08 05:00:00"),
        ("2026-03-08", "2026-03-08 05:00:00", "2026-03-09 00:00:00"),
    ]


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2026-07-01 06:59:59.999999", False),  # Wednesday, 08:59:59 in Berlin
        ("2026-07-01 07:00:00.000000", True),
        ("2026-07-01 14:59:59.999999", True),
        ("2026-07-01 15:00:00.000000", False),
        ("2026-12-02 07:30:00.000000", False),  # in winter 08:30
        ("2026-07-04 10:00:00.000000", True),  # Saturday is a business day here
        ("2026-07-05 10:00:00.000000", False),
    ],
)
def test_business_hours_are_of_the_reports_zone(superset: Superset, at: str, inside: bool) -> None:
    hours = BusinessHours(days=frozenset({1, 2, 3, 4, 5, 6}), start=time(9), end=time(17))
    superset.log("welcome", at)
    settings = replace(SETTINGS, report=Report(zone="Europe/Berlin"), business_hours=hours)
    assert superset.build(settings).column("SELECT in_business_hours FROM events") == [inside]


@pytest.mark.parametrize(
    ("zone", "created_at"),
    [("America/New_York", "2026-07-01 13:00:00"), ("Asia/Kolkata", "2026-07-01 03:30:00"), (None, None)],
)
def test_times_of_the_server_are_converted_with_its_zone(
    superset: Superset, zone: str | None, created_at: str | None
) -> None:
    superset.sql("UPDATE ab_user SET created_on = '2026-07-01 09:00:00.000000' WHERE id = 2")
    built = superset.build(replace(SETTINGS, source=Source(server_zone=zone)))
    (row,) = built.rows(
        "SELECT CAST(created_local AS VARCHAR), CAST(created_at AS VARCHAR) FROM accounts WHERE user_id = 2"
    )
    assert row == ("2026-07-01 09:00:00", created_at)


# --- Names that differ in letter case only


@pytest.fixture
def two_alices(superset: Superset) -> Superset:
    """The account Alice, id 7, beside alice, id 2."""
    superset.sql(
        "INSERT INTO ab_user (id, first_name, last_name, username, email, active)"
        " VALUES (7, 'Al', 'Ice', 'Alice', 'Alice@example.com', 1)"
    )
    return superset


def failed(superset: Superset, username: str) -> int:
    payload = {"recorder": 1, "username": username, "event_outcome": "failed", "reason": "bad_password"}
    return superset.log("UserLoginFailed", f"{DAY} 08:00:00.000000", payload, user_id=None)


@pytest.mark.parametrize(
    ("typed", "user_id"), [("alice", 2), ("Alice", 7), ("ALICE", None), ("ghost", None), ("BOB", 3)]
)
def test_one_attempt_to_sign_in_is_one_row_whoever_has_such_a_name(
    two_alices: Superset, typed: str, user_id: int | None
) -> None:
    row = failed(two_alices, typed)
    found = two_alices.build().rows("SELECT source_ref, username, user_id, event_outcome, reason FROM sign_ins")
    assert found == [(f"logs:{row}", typed, user_id, "failed", "bad_password")]


def people(name: str, header: str) -> Callable[[Path, str], Inputs]:
    def given(folder: Path, line: str) -> Inputs:
        path = folder / f"{name}.csv"
        path.write_text(f"{header}\n{line}\n", encoding="utf-8")
        return Inputs(leavers=path) if name == "leavers" else Inputs(approved_admins=path)

    return given


LISTS = {
    "leavers": (people("leavers", "username,email,left_on"), "2026-07-31"),
    "approved_admins": (people("approved_admins", "username,email,approved_by,approved_on"), "ute,2026-07-31"),
}


@pytest.mark.parametrize("relation", LISTS)
@pytest.mark.parametrize(
    ("who", "user_id", "matched_by"),
    [
        ("alice,", 2, "username"),
        ("Alice,", 7, "username"),
        ("BOB,", 3, "username"),
        (",BOB@EXAMPLE.COM", 3, "email"),
        (",Alice@example.com", 7, "email"),
        ("bob,carol@example.com", 3, "username"),
        ("robert,bob@example.com", 3, "email"),
        ("ghost,ghost@example.com", None, None),
    ],
)
def test_people_are_matched_by_name_then_email_exactly_before_loosely(
    two_alices: Superset, relation: str, who: str, user_id: int | None, matched_by: str | None
) -> None:
    given, rest = LISTS[relation]
    settings = replace(SETTINGS, inputs=given(two_alices.folder, f"{who},{rest}"))
    found = two_alices.build(settings).rows(f"SELECT line, user_id, matched_by, matches FROM {relation}")
    assert found == [(2, user_id, matched_by, 0 if user_id is None else 1)]


@pytest.mark.parametrize("relation", LISTS)
@pytest.mark.parametrize("who", ["ALICE,", ",ALICE@example.com"])
def test_a_name_of_two_accounts_is_refused_with_its_line(two_alices: Superset, relation: str, who: str) -> None:
    given, rest = LISTS[relation]
    settings = replace(SETTINGS, inputs=given(two_alices.folder, f"{who},{rest}"))
    with pytest.raises(InputFileError) as error:
        two_alices.build(settings)
    (problem,) = error.value.diagnostics()
    shown = who.strip(",")
    assert problem == (
        f"{two_alices.folder}/{relation}.csv:2: {shown} matches 2 accounts, letter case aside; name one of them exactly"
    )


# --- What a client can write


HOSTILE: list[tuple[str | None, str | None]] = [
    ("log", None),
    ("log", ""),
    ("log", "{}"),
    ("log", '{"event_name": ""}'),
    ("log", '{"event_name": null}'),
    ("log", '{"event_name": 7}'),
    ("log", '{"event_name": "\\ud800"}'),
    ("log", '{"event_name": "mount_dashboard", "event_name": "load_chart"}'),
    ("log", '["event_name"]'),
    ("log", '"mount_dashboard"'),
    ("log", "{broken"),
    ("log", "[" * 3000 + "]" * 3000),
    ("log/mount_dashboard", "{}"),
    ("root", '{"object_ref": ""}'),
    ("root", "null"),
    ("RecorderHeartbeat", '{"kinds": "sign_in"}'),
    ("DashboardRestApi.put", '{"pk": {"a": 1}, "path": 5}'),
    ("DashboardRestApi.put", '{"pk": "99999999999999999999"}'),
    ("DashboardRestApi.bulk_delete", '{"rison": ["a", {}], "q": "!(1,x)"}'),
    ("ChartRestApi.put", '{"path": "/api/v1/chart/99999999999999999999/"}'),
    ("ChartDataRestApi.data", '{"form_data": "x", "queries": 1, "result_format": {"a": 1}}'),
    ("Nobody.knows", "{}"),
    (None, "{}"),
    ("", "{}"),
]


def test_whatever_a_client_writes_one_row_is_one_event(superset: Superset) -> None:
    rows = [
        superset.log(action, f"{DAY} 08:{minute:02}:00.000000", payload)
        for minute, (action, payload) in enumerate(HOSTILE)
    ]
    built = superset.build()
    assert built.column("SELECT source_ref FROM events ORDER BY occurred_at") == [f"logs:{row}" for row in rows]
    assert not {"succeeded", "failed"} & set(
        built.column("SELECT event_outcome FROM events WHERE kind IN ('content_change', 'browser_report', 'unmapped')")
    )


def test_an_unknown_action_is_an_event_of_its_own_kind_and_counted(superset: Superset) -> None:
    for minute in range(3):
        superset.log("Nobody.knows", f"{DAY} 08:0{minute}:00.000000", {"path": "/x"})
    built = superset.build()
    assert built.population.unmapped == {"Nobody.knows": 3}
    assert set(built.rows("SELECT kind, event_outcome, outcome_basis FROM events")) == {
        ("unmapped", "unknown", "the action is not in the map")
    }


@pytest.mark.parametrize("duration", [None, 0, -5, 2**31, 2**62, -(2**63)])
def test_no_duration_however_wild_loses_an_event(superset: Superset, duration: int | None) -> None:
    superset.log("welcome", f"{DAY} 08:00:00.000000", duration_ms=duration)
    assert superset.build().column("SELECT count(*) FROM events") == [1]


def test_rows_without_a_readable_time_are_counted_and_not_placed(superset: Superset) -> None:
    superset.log("welcome", f"{DAY} 08:00:00.000000")
    superset.log("welcome", None)
    superset.log("welcome", "yesterday")
    superset.log("welcome", f"{DAY}T09:00:00")
    built = superset.build()
    (logs,) = [table for table in built.population.tables if table.name == "logs"]
    assert (logs.rows, logs.counted, logs.unreadable) == (4, 4, 2)
    assert built.column("SELECT source_ref FROM events ORDER BY occurred_at") == ["logs:1", "logs:4"]
    assert built.population.mismatches == ()
    assert built.population.unreadable == 2


# --- Which rows are one act


def chart_request(superset: Superset, at: str, *inner: str, user_id: int = ALICE) -> None:
    payload = {"path": "/api/v1/chart/data", "queries": [{}], "form_data": {"slice_id": 1}, "result_format": "json"}
    common: dict[str, Any] = {"user_id": user_id, "slice_id": 1, "dashboard_id": 1}
    for action in inner:
        superset.log(action, at, None if action == "_get_data_response" else payload, **common)
    superset.log("ChartDataRestApi.data", at, payload, **common)


FULL = ("execute_sql", "load_into_dataframe", "QueryObject.post_processing", "ChartDataRestApi.json_dumps")
RESPONSE = "_get_data_response"


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param((*FULL, RESPONSE), id="6.1"),
        pytest.param(("execute_sql", "fetch_rows", *FULL[1:], RESPONSE), id="5.0"),
        pytest.param(("execute_sql",), id="4.1"),
        pytest.param((), id="3.1"),
        pytest.param((FULL[3], RESPONSE), id="6.1, from the cache"),
    ],
)
def test_a_chart_request_of_any_release_is_one_act(superset: Superset, inner: tuple[str, ...]) -> None:
    chart_request(superset, f"{DAY} 08:00:00.000000", *inner)
    rows = superset.build().rows("SELECT kind, rows_folded, chart_id, dashboard_id FROM events")
    assert rows == [("data_request", len(inner) + 1, 1, 1)]


def test_requests_one_after_the_other_stay_apart(superset: Superset) -> None:
    for second in range(3):
        chart_request(superset, f"{DAY} 08:00:0{second}.000000", *FULL, RESPONSE)
    refs = superset.build().column("SELECT source_ref FROM events ORDER BY occurred_at")
    assert refs == ["logs:1-6", "logs:7-12", "logs:13-18"]


def test_requests_of_two_people_at_once_stay_apart(superset: Superset) -> None:
    payload = {"path": "/api/v1/chart/data", "queries": [{}], "form_data": {"slice_id": 1}}
    at = f"{DAY} 08:00:00.000000"
    for action in ("execute_sql", RESPONSE, "ChartDataRestApi.data"):
        for user_id in (ALICE, BOB):
            superset.log(action, at, None if action == RESPONSE else payload, user_id=user_id, slice_id=1)
    rows = superset.build().rows("SELECT source_ref, username, rows_folded FROM events ORDER BY username")
    assert rows == [("logs:1-5", "alice", 3), ("logs:2-6", "bob", 3)]


def test_a_chart_of_3_1_has_no_chart_zero(superset: Superset) -> None:
    superset.log("dashboard", f"{DAY} 08:00:00.000000", {"path": "/superset/dashboard/1/"}, dashboard_id=1, slice_id=0)
    assert superset.build().rows("SELECT object_id, chart_id FROM events") == [("1", None)]


# --- How an act ended


def edit(superset: Superset, at: str, user_id: int = BOB, pk: str = "2", duration_ms: int | None = 40) -> int:
    payload = {
        "path": f"/api/v1/dashboard/{pk}",
        "pk": pk,
        "url_rule": "/api/v1/dashboard/<pk>",
        "object_ref": "DashboardRestApi.put",
        "dashboard_title": "new",
    }
    return superset.log("DashboardRestApi.put", at, payload, user_id=user_id, duration_ms=duration_ms)


def changed(superset: Superset, at: str, by: int = BOB) -> None:
    superset.sql(f"UPDATE dashboards SET changed_on = '{at}', changed_by_fk = {by} WHERE id = 2")


@pytest.mark.parametrize(
    ("last_change", "by", "outcome"),
    [
        (f"{DAY} 08:00:00.980000", BOB, "succeeded"),  # within the request's 40 ms
        (f"{DAY} 08:00:00.980000", CAROL, "attempted"),  # somebody else's, just before
        (f"{DAY} 07:00:00.000000", BOB, "failed"),
        (f"{DAY} 09:00:00.000000", BOB, "attempted"),
        (f"{DAY} 08:00:00.000000", BOB, "succeeded"),  # a server that keeps whole seconds, and no other attempt is near
        (f"{DAY} 07:59:58.000000", BOB, "attempted"),  # too near to say that nothing changed
    ],
)
def test_an_edit_is_judged_by_its_objects_last_change(
    superset: Superset, last_change: str, by: int, outcome: str
) -> None:
    edit(superset, f"{DAY} 08:00:01.000000")
    changed(superset, last_change, by)
    assert superset.build().column("SELECT event_outcome FROM events") == [outcome]


def test_of_attempts_in_one_second_the_one_that_was_running_made_the_change(superset: Superset) -> None:
    edit(superset, f"{DAY} 08:00:00.200000", duration_ms=0)  # refused
    edit(superset, f"{DAY} 08:00:00.500000", duration_ms=40)
    edit(superset, f"{DAY} 08:00:00.700000", duration_ms=0)  # invalid
    changed(superset, f"{DAY} 08:00:00.470000")
    outcomes = superset.build().column("SELECT event_outcome FROM events ORDER BY occurred_at")
    assert outcomes == ["attempted", "succeeded", "attempted"]


def test_of_attempts_in_one_second_none_is_chosen_by_guess(superset: Superset) -> None:
    # A server that keeps whole seconds: the change was during neither.
    edit(superset, f"{DAY} 08:00:00.200000", duration_ms=0)
    edit(superset, f"{DAY} 08:00:00.500000", duration_ms=0)
    changed(superset, f"{DAY} 08:00:00.000000")
    assert superset.build().column("SELECT event_outcome FROM events") == ["attempted", "attempted"]


def test_a_refusal_that_the_recorder_saw_makes_the_attempt_refused(superset: Superset) -> None:
    attempt = edit(superset, f"{DAY} 08:00:01.000000", CAROL)
    refusal = superset.log(
        "AccessRefused",
        f"{DAY} 08:00:01.100000",
        {
            "recorder": 1,
            "event_outcome": "refused",
            "reason": "not_owner",
            "target_type": "dashboard",
            "target_id": "2",
        },
        user_id=CAROL,
    )
    rows = superset.build().rows("SELECT source_ref, event_outcome, outcome_basis, reported_by FROM events ORDER BY 1")
    assert rows == [
        (f"logs:{attempt}", "refused", f"the recorder saw the refusal: logs:{refusal}", "server"),
        (f"logs:{refusal}", "refused", "recorded by the recorder", "recorder"),
    ]


def test_a_deletion_is_not_undone_by_a_later_object_of_the_same_id(superset: Superset) -> None:
    payload = {
        "path": "/api/v1/chart/5",
        "pk": "5",
        "url_rule": "/api/v1/chart/<pk>",
        "object_ref": "ChartRestApi.delete",
    }
    superset.log("ChartRestApi.delete", f"{DAY} 08:00:00.000000", payload, user_id=BOB)  # chart 5 is of November
    row = superset.build().rows("SELECT event_outcome, outcome_basis FROM events")
    assert row == [("succeeded", "the id was given to a later object")]


def test_two_creations_in_one_second_get_their_own_objects(superset: Superset) -> None:
    superset.sql(
        f"UPDATE slices SET created_on = '{DAY} 08:00:00.100000', created_by_fk = 3, slice_name = 'one' WHERE id = 1",
        f"UPDATE slices SET created_on = '{DAY} 08:00:00.300000', created_by_fk = 3, slice_name = 'two' WHERE id = 2",
    )
    for name, at in (("one", "200"), ("refused", "250"), ("two", "400")):
        payload = {"path": "/api/v1/chart/", "slice_name": name, "object_ref": "ChartRestApi.post"}
        superset.log("ChartRestApi.post", f"{DAY} 08:00:00.{at}000", payload, user_id=BOB, duration_ms=120)
    rows = superset.build().rows("SELECT object_name, object_id, event_outcome FROM events ORDER BY occurred_at")
    assert rows == [("one", "1", "succeeded"), ("refused", None, "attempted"), ("two", "2", "succeeded")]


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
    rows = superset.build().rows(
        "SELECT source_ref, username, user_id, event_outcome, source_ip, reported_by FROM sign_ins"
    )
    assert rows == [(f"logs:{row}", "ghost", None, "failed", "192.0.2.7", "recorder")]


def test_sign_ins_of_a_file_keep_to_the_window(superset: Superset) -> None:
    path = superset.folder / "sign_ins.csv"
    lines = ["2025-12-31T23:59:59Z,bob,failed", "2026-01-01T00:00:00Z,bob,failed", "2027-01-01T00:00:00Z,bob,failed"]
    path.write_text("\n".join(["time,username,event_outcome", *lines]), encoding="utf-8")
    built = superset.build(
        replace(SETTINGS, inputs=Inputs(sign_in_log=path, sign_in_log_covers="2026-01-01..2026-07-01"))
    )
    assert built.rows("SELECT source_ref, user_id, reported_by FROM sign_ins") == [("file:3", BOB, "file")]
    (held,) = built.population.capabilities["sign_in_failures"].held
    assert (held.since, held.until, held.by) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
        "file",
    )


def test_a_lookback_brings_earlier_rows_into_relations(superset: Superset) -> None:
    superset.log("welcome", "2025-12-31 12:00:00.000000")
    superset.log("welcome", "2025-12-30 23:00:00.000000")
    built = superset.build(lookback="1d")
    assert built.column("SELECT source_ref FROM events") == ["logs:1"]
    assert built.population.extracted_since == datetime(2025, 12, 31, tzinfo=UTC)


# --- Who may do what


def test_a_role_held_through_a_group_is_a_grant_and_can_make_an_administrator(superset: Superset) -> None:
    superset.sql("INSERT INTO ab_user_group VALUES (1, 4, 1)", "INSERT INTO ab_group_role VALUES (2, 1, 1)")
    built = superset.build()
    rows = built.rows(
        "SELECT source_ref, role, via FROM grants WHERE username = 'carol' AND via <> 'direct' ORDER BY role"
    )
    assert rows == [
        ("ab_user_group:1/ab_group_role:2", "Admin", "group:oncall"),
        ("ab_user_group:1/ab_group_role:1", "data_orders", "group:oncall"),
    ]
    assert built.rows("SELECT roles, is_admin FROM accounts WHERE username = 'carol'") == [
        ("Admin, Gamma, data_orders", True)
    ]


def scope_of(superset: Superset, **entries: Any) -> set[tuple[str, str]]:
    settings = replace(SETTINGS, scopes=(Scope("phi", **entries),))
    return set(superset.build(settings).rows("SELECT object_type, object_id FROM scope_objects"))


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
    built = superset.build()
    assert built.rows("SELECT username, created_by FROM accounts WHERE user_id = 2") == [("alice", None)]
    assert built.column("SELECT count(*) FROM objects") == [15]


def test_an_account_that_is_gone_keeps_its_number(superset: Superset) -> None:
    superset.log("welcome", f"{DAY} 08:00:00.000000", user_id=99)
    assert superset.build().rows("SELECT username, attributed FROM events") == [("account 99 (gone)", True)]


def test_activity_is_of_all_time_and_a_failed_sign_in_is_none(superset: Superset) -> None:
    superset.log("welcome", "2024-02-29 12:00:00.000000", user_id=ADMIN)
    superset.log("UserLoginFailed", f"{DAY} 08:00:00.000000", {"username": "admin"}, user_id=ADMIN)
    rows = superset.build().rows("SELECT CAST(last_activity_at AS VARCHAR) FROM accounts WHERE user_id = 1")
    assert rows == [("2024-02-29 12:00:00",)]
