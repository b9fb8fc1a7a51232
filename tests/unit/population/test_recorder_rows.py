"""Rows of the recorder in Superset's own log: what they add, and that they count nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from .made import ALICE, BOB, Superset

DAY = "2026-07-01"
EXPORT = {"path": "/api/v1/dashboard/export/", "rison": [1]}


def told(outcome: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {"recorder": 1, "event_id": f"e{more}{outcome}", "event_outcome": outcome, **more}


def events(superset: Superset) -> list[tuple[Any, ...]]:
    return superset.build().rows(
        "SELECT source_ref, kind, event_outcome, outcome_basis, reported_by FROM events ORDER BY occurred_at, 1"
    )


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_an_export_that_superset_and_the_recorder_tell_is_one_act_with_its_end(
    superset: Superset, outcome: str
) -> None:
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:00.000000", EXPORT)
    superset.log("DataExported", f"{DAY} 08:00:00.050000", told(outcome, target_type="dashboard", target_id=1))
    assert events(superset) == [("logs:1", "export", outcome, "the recorder saw its end: logs:2", "server")]


def test_an_export_that_the_recorder_alone_tells_is_an_act_of_its_own(superset: Superset) -> None:
    superset.log("DataExported", f"{DAY} 08:00:00.000000", told(target_type="chart", target_id=1))
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:03.000000", EXPORT)
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:00.000000", EXPORT, user_id=BOB)
    found = {ref: (outcome, by) for ref, _, outcome, _, by in events(superset)}
    assert found["logs:1"] == ("succeeded", "recorder")
    assert found["logs:2"][1] == found["logs:3"][1] == "server"
    assert found["logs:2"][0] == found["logs:3"][0] == "attempted"


def test_two_exports_at_once_have_each_their_own_end(superset: Superset) -> None:
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:00.000000", EXPORT)
    superset.log("DataExported", f"{DAY} 08:00:00.050000", told())
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:00.500000", EXPORT)
    superset.log("DataExported", f"{DAY} 08:00:00.550000", told("failed"))
    assert [(ref, outcome) for ref, _, outcome, _, _ in events(superset)] == [
        ("logs:1", "succeeded"),
        ("logs:3", "failed"),
    ]


def test_a_client_cannot_say_how_its_export_ended(superset: Superset) -> None:
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:00.000000", EXPORT)
    superset.log("DashboardRestApi.export", f"{DAY} 08:00:01.000000", EXPORT | told("failed"))
    assert {outcome for _, _, outcome, _, _ in events(superset)} == {"attempted"}


def test_a_statement_that_the_table_query_tells_is_no_further_act(superset: Superset) -> None:
    superset.log("StatementExecuted", f"{DAY} 08:00:00.000000", told(sql="SELECT 1"))
    built = superset.build()
    assert built.rows("SELECT * FROM events") == []
    assert built.population.unmapped == {}


def test_an_event_that_was_delivered_twice_counts_once(superset: Superset) -> None:
    for minute in range(2):
        superset.log("UserLoggedIn", f"{DAY} 08:0{minute}:00.000000", told(username="alice"))
    built = superset.build()
    assert built.column("SELECT source_ref FROM events") == ["logs:1"]
    assert built.population.mismatches == ()


def test_a_client_cannot_hide_an_act_behind_the_event_id_of_another(superset: Superset) -> None:
    superset.log("UserLoggedIn", f"{DAY} 08:00:00.000000", told(username="alice"))
    forged = {"path": "/api/v1/dashboard/1", "pk": "1", **told(username="alice")}
    superset.log("DashboardRestApi.delete", f"{DAY} 08:01:00.000000", forged, user_id=ALICE)
    assert [ref for ref, *_ in events(superset)] == ["logs:1", "logs:2"]


def test_lost_records_are_told_as_such(superset: Superset) -> None:
    superset.log("RecorderLost", f"{DAY} 08:00:00.000000", told("failed", reason="ended_unexpectedly"), user_id=None)
    assert [(kind, outcome, by) for _, kind, outcome, _, by in events(superset)] == [
        ("heartbeat", "failed", "recorder")
    ]


def test_the_place_that_lost_most_says_how_many_are_lost(superset: Superset) -> None:
    sinks = {"logs": {"delivered": 5, "lost": 2}, "webhook": {"delivered": 0, "lost": 7}}
    superset.log("RecorderLost", f"{DAY} 08:00:00.000000", told("failed", sinks=sinks))
    superset.log("RecorderLost", f"{DAY} 08:01:00.000000", told("failed", lost=1))
    superset.log("RecorderLost", f"{DAY} 08:02:00.000000", told("failed"))
    superset.log("welcome", f"{DAY} 08:03:00.000000", told("failed", lost=1))
    assert superset.build().column("SELECT records_lost FROM log_rows ORDER BY id") == [7, 1, None, None]
