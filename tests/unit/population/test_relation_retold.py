"""An act that Superset's own row and the recorder's row both tell of is one act."""

from __future__ import annotations

from typing import Any

from .made import ALICE, BOB, Superset

EVENTS = "SELECT kind, object_type, object_id, event_outcome, outcome_basis, source_ref FROM events ORDER BY source_ref"
CSV = {
    "path": "/api/v1/chart/data",
    "form_data": {"slice_id": 1},
    "queries": [{}],
    "result_format": "csv",
    "datasource": {"id": 1, "type": "table"},
}


def recorded(superset: Superset, action: str, at: str, outcome: str, user: int = ALICE, **more: Any) -> int:
    payload = {"recorder": 1, "event_id": f"{action} {at}", "event_outcome": outcome, **more}
    return superset.log(action, at, payload, user_id=user, duration_ms=400)


def test_an_export_that_is_told_twice_is_one_act_with_the_outcome_that_the_recorder_saw(superset: Superset) -> None:
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:00.900", CSV)
    recorded(superset, "DataExported", "2026-07-01 10:00:01", "succeeded", target_type="chart", target_id=1)
    assert superset.build().rows(EVENTS) == [
        ("export", "chart", "1", "succeeded", "the recorder saw its end: logs:2", "logs:1")
    ]


def test_an_export_by_form_gets_its_object_from_the_recorder(superset: Superset) -> None:
    superset.log("execute_sql", "2026-07-01 09:59:00", {"path": "/api/v1/chart/data"})
    superset.log("_get_data_response", "2026-07-01 10:00:00.800", None)
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:00.900", {"path": "/api/v1/chart/data", "form_data": {}})
    recorded(superset, "DataExported", "2026-07-01 10:00:01", "succeeded", target_type="chart", target_id=1)
    found = superset.build().rows(f"SELECT * FROM ({EVENTS}) WHERE kind = 'export'")
    assert found == [("export", "chart", "1", "succeeded", "the recorder saw its end: logs:4", "logs:2-3")]


def test_a_failed_export_is_one_act_that_failed(superset: Superset) -> None:
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:00.900", CSV)
    recorded(superset, "DataExported", "2026-07-01 10:00:01", "failed", target_type="chart", target_id=1)
    ((*_, outcome, basis, _),) = superset.build().rows(EVENTS)
    assert (outcome, basis) == ("failed", "the recorder saw its end: logs:2")


def test_an_export_that_only_the_recorder_saw_is_not_hidden_behind_a_chart_that_was_shown(superset: Superset) -> None:
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:00.900", {**CSV, "result_format": "json"})
    recorded(superset, "DataExported", "2026-07-01 10:00:01", "failed", target_type="statement", client_id="gone")
    assert [(kind, ref) for kind, *_, ref in superset.build().rows(EVENTS)] == [
        ("data_request", "logs:1"),
        ("export", "logs:2"),
    ]


def test_exports_of_two_accounts_at_once_are_two_acts(superset: Superset) -> None:
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:00.900", CSV)
    recorded(superset, "DataExported", "2026-07-01 10:00:01", "succeeded", BOB, target_type="chart", target_id=1)
    assert [ref for *_, ref in superset.build().rows(EVENTS)] == ["logs:1", "logs:2"]


def test_of_two_exports_in_a_row_each_has_its_own_row(superset: Superset) -> None:
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:00.900", CSV)
    superset.log("ChartDataRestApi.data", "2026-07-01 10:00:01.300", CSV)
    recorded(superset, "DataExported", "2026-07-01 10:00:01", "succeeded", target_type="chart", target_id=1)
    recorded(superset, "DataExported", "2026-07-01 10:00:01.400", "failed", target_type="chart", target_id=1)
    assert [(basis, ref) for *_, basis, ref in superset.build().rows(EVENTS)] == [
        ("the recorder saw its end: logs:3", "logs:1"),
        ("the recorder saw its end: logs:4", "logs:2"),
    ]


def test_an_export_that_the_recorder_saw_refused_is_refused(superset: Superset) -> None:
    superset.log(
        "DashboardRestApi.export", "2026-07-01 10:00:00.900", {"path": "/api/v1/dashboard/export/", "rison": [1]}
    )
    recorded(superset, "AccessRefused", "2026-07-01 10:00:01", "refused", target_type="dashboard", target_id=1)
    assert [(outcome, basis) for *_, outcome, basis, ref in superset.build().rows(EVENTS) if ref == "logs:1"] == [
        ("refused", "the recorder saw the refusal: logs:2")
    ]


def own_profile(superset: Superset, **changes: Any) -> list[tuple[Any, ...]]:
    """Return the events of an own profile that was saved, and of what the recorder saw change meanwhile."""
    recorded(superset, "UserUpdated", "2026-07-01 10:00:00.800", "succeeded",
             target_type="user", target_id=ALICE, changes=changes)  # fmt: skip
    superset.log("CurrentUserRestApi.put", "2026-07-01 10:00:00.900", {"path": "/api/v1/me/"}, duration_ms=500)
    return list(
        superset.build().rows("SELECT action, event_outcome, detail, source_ref FROM events ORDER BY source_ref")
    )


def test_a_change_of_the_own_profile_that_is_told_twice_is_one_act_and_says_what_changed(superset: Superset) -> None:
    changes = {"password": {"before": "***", "after": "***"}}
    ((action, outcome, detail, ref),) = own_profile(superset, **changes)
    assert (action, outcome, ref) == ("CurrentUserRestApi.put", "succeeded", "logs:1-2")
    assert "password" in detail


def test_roles_that_somebody_gave_themselves_are_not_hidden_behind_the_own_profile(superset: Superset) -> None:
    found = own_profile(superset, roles={"before": ["Gamma"], "after": ["Admin", "Gamma"]})
    assert [(action, ref) for action, *_, ref in found] == [
        ("UserUpdated", "logs:1"),
        ("CurrentUserRestApi.put", "logs:2"),
    ]
