"""Where relations could invent a row, lose one, or say more than the database shows."""

from __future__ import annotations

from typing import Any

import pytest

from .made import ALICE, BOB, CAROL, Superset

DAY = "2026-07-01"

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


def test_no_duration_however_wild_loses_an_event(superset: Superset) -> None:
    durations = [None, 0, -5, 2**31, 2**62, -(2**63)]
    for duration in durations:
        superset.log("welcome", f"{DAY} 08:00:00.000000", duration_ms=duration)
    assert superset.build().column("SELECT duration_ms FROM events ORDER BY source_ref") == durations


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


def test_a_deletion_before_a_later_object_of_the_same_id_is_neither_denied_nor_claimed(superset: Superset) -> None:
    payload = {
        "path": "/api/v1/chart/5",
        "pk": "5",
        "url_rule": "/api/v1/chart/<pk>",
        "object_ref": "ChartRestApi.delete",
    }
    superset.log("ChartRestApi.delete", f"{DAY} 08:00:00.000000", payload, user_id=BOB)  # chart 5 is of November
    row = superset.build().rows("SELECT event_outcome, outcome_basis FROM events")
    reason = "the id was given to a later object: the one before it was removed, by this attempt or another"
    assert row == [("attempted", reason)]


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


def test_a_deletion_of_what_never_existed_is_not_one_that_succeeded(superset: Superset) -> None:
    payload = {
        "path": "/api/v1/chart/4711",
        "pk": "4711",
        "url_rule": "/api/v1/chart/<pk>",
        "object_ref": "ChartRestApi.delete",
    }
    superset.log("ChartRestApi.delete", f"{DAY} 08:00:00.000000", payload, user_id=BOB)
    row = superset.build().rows("SELECT event_outcome, outcome_basis FROM events")
    assert row == [("attempted", "nothing shows that an object with this id existed")]


def test_a_client_cannot_speak_as_the_recorder(superset: Superset) -> None:
    payload = {
        "path": "/api/v1/chart/4",
        "recorder": "1",
        "event_outcome": "failed",
        "pk": "4",
        "url_rule": "/api/v1/chart/<pk>",
        "object_ref": "ChartRestApi.delete",
    }
    superset.log("ChartRestApi.delete", f"{DAY} 08:00:00.000000", payload, user_id=BOB)
    row = superset.build().rows("SELECT event_outcome, reported_by FROM events")
    assert row == [("succeeded", "server")]


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"path": "/api/v1/chart/4", "pk": "4"}, (False, "4", "4", "chart", 4)),
        ({"path": "/api/v1/rowlevelsecurity/2"}, (False, "2", None, "rowlevelsecurity", 2)),
        ({"path": "/proxied/api/v1/dashboard/9/copy/", "pk": "5"}, (False, "5", "5", "dashboard", 9)),
        ({"path": "/api/v1/dashboard/2024-report"}, (False, None, None, "dashboard", None)),
        ({"path": "/superset/dashboard/9/"}, (False, None, None, None, None)),
        ({"explode": "x", "x": "no list"}, (True, None, None, None, None)),
        (None, (False, None, None, None, None)),
    ],
)
def test_what_a_path_and_a_payload_name_is_told_apart(
    payload: dict[str, object] | None, told: tuple[object, ...], superset: Superset
) -> None:
    superset.log("ChartRestApi.delete", "2026-07-01 08:00:00.000000", payload)
    columns = "has_explode, pk, json_pk, path_class, path_id"
    assert superset.build("log_rows").rows(f"SELECT {columns} FROM log_rows") == [told]


SLUG = {"path": "/api/v1/dashboard/old-slug", "url_rule": "/api/v1/dashboard/<id_or_slug>", "dashboard_id": 9}
TITLE = {"path": "/api/v1/dashboard/9", "url_rule": "/api/v1/dashboard/<pk>", "pk": "9", "dashboard_title": "Wards"}


@pytest.mark.parametrize(
    ("acts", "name"),
    [
        ([], None),
        ([("DashboardRestApi.get", SLUG)], "old-slug"),
        ([("DashboardRestApi.put", TITLE), ("DashboardRestApi.get", SLUG)], "Wards"),
        # What browsers say and a view by number name nothing.
        ([("log", {"event_name": "mount_dashboard", "dashboard_id": 9, "id_or_slug": "forged"})], None),
        ([("DashboardRestApi.get", SLUG | {"path": "/api/v1/dashboard/9"})], None),
    ],
)
def test_what_is_gone_is_named_by_what_the_log_still_says_of_it(
    acts: list[tuple[str, dict[str, object]]], name: str | None, superset: Superset
) -> None:
    for action, payload in acts:
        superset.log(action, f"{DAY} 08:00:00.000000", payload, dashboard_id=9)
    superset.log(
        "DashboardRestApi.delete", f"{DAY} 09:00:00.000000", {"path": "/api/v1/dashboard/9", "url_rule": "x", "pk": "9"}
    )
    found = superset.build().rows("SELECT object_id, object_name FROM events WHERE verb = 'delete'")
    assert found == [("9", name)]
