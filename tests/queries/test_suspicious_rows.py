from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .seed import EDGES, Row, at, refs, seed

CHART = {"object_type": "chart", "object_id": "7"}
DASHBOARD = {"object_type": "dashboard", "object_id": "2", "slug": "census"}
DELETE: Row = {
    "id": 1,
    "user_id": 1,
    "action": "ChartRestApi.delete",
    "kind": "content_change",
    "path": "/api/v1/chart/7",
    "path_class": "chart",
    "path_id": 7,
    "json_pk": "7",
    "has_explode": False,
    "has_url_rule": True,
    "object_ref": "ChartRestApi.delete",
}
EDIT: Row = {
    **DELETE,
    "action": "DashboardRestApi.put",
    "path": "/api/v1/dashboard/2",
    "path_class": "dashboard",
    "path_id": 2,
    "json_pk": "2",
}
BY_SLUG: Row = {
    **EDIT,
    "action": "DashboardRestApi.get",
    "kind": "view",
    "path": "/api/v1/dashboard/census",
    "path_id": None,
    "json_pk": None,
    "id_or_slug": "census",
}


def judge(folder: Path, *rows: Row, **relations: Any) -> list[dict[str, Any]]:
    objects = [CHART, DASHBOARD]
    return seed(folder, log_rows=rows, **{"objects": objects, **relations}).run("suspicious_rows")


def finding(folder: Path, row: Row, **relations: Any) -> str | None:
    found = judge(folder, row, **relations)
    return str(found[0]["finding"]) if found else None


@pytest.mark.parametrize(
    "row",
    [
        DELETE,
        EDIT,
        {**EDIT, "dashboard_id": 2},
        {**BY_SLUG, "dashboard_id": 2},
        {**BY_SLUG, "dashboard_id": 2, "id_or_slug": "renamed-since"},
        {**DELETE, "action": "ChartDataRestApi.data", "kind": "data_request", "chart_column": 7, "dashboard_id": 2},
        {**DELETE, "action": "ChartRestApi.post", "path": "/api/v1/chart/", "path_id": None, "json_pk": None},
        # What the browser sends comes as records without a path, and names things as it likes.
        {"id": 1, "action": "log", "kind": "browser_report", "has_explode": False, "dashboard_id": 424242},
        {"id": 1, "action": "log", "kind": "export", "has_explode": True},
        # A timing row of a scheduled run, and a row of the recorder.
        {"id": 1, "action": "execute_sql", "kind": "inner", "has_explode": False},
        {"id": 1, "action": "UserUpdated", "kind": "access_change", "has_explode": False},
        {**DELETE, "action": "ReportScheduleRestApi.post", "path": "/api/v1/report/", "path_class": "report"}
        | {"path_id": None, "json_pk": None, "dashboard_id": 2},
    ],
)
def test_a_row_as_the_server_writes_it_is_no_item(row: Row, tmp_path: Path) -> None:
    assert judge(tmp_path, row) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            {"id": 1, "action": "SqlLabRestApi.get_results", "kind": "browse", "has_explode": False},
            "no path: the payload looks replaced or stripped",
        ),
        (
            {"id": 1, "action": "guest_token", "kind": "sharing", "has_explode": False},
            "no path: the payload looks replaced or stripped",
        ),
        ({**DELETE, "has_explode": True}, "the payload asks to be replaced (explode)"),
        (
            {**DELETE, "has_url_rule": False, "object_ref": None},
            "the payload lacks what the server adds: it looks written by the client",
        ),
        ({**DELETE, "path_class": "dashboard"}, "the path is not of the action"),
        ({**DELETE, "path_class": None, "path_id": None}, "the path is not of the action"),
        ({**DELETE, "json_pk": "5"}, "the payload says 5, its path another id"),
        ({**EDIT, "dashboard_id": 424242}, "column dashboard_id says 424242, the path is of 2"),
        ({**BY_SLUG, "dashboard_id": 3}, "column dashboard_id says 3, the path is of 2"),
        (
            {**DELETE, "action": "ChartDataRestApi.data", "kind": "data_request", "chart_column": 5},
            "column slice_id says 5, the path another chart",
        ),
        ({**DELETE, "dashboard_id": 2}, "column dashboard_id says 2, where the server writes none"),
        (
            {**BY_SLUG, "id_or_slug": "renamed-since", "dashboard_id": 2147483648},
            "an id that no Superset gives",
        ),
        ({**BY_SLUG, "chart_column": -1}, "an id that no Superset gives"),
        (
            {**DELETE, "path_id": 8, "json_pk": "8"},
            "nothing shows that an object with the id 8 ever was",
        ),
        (
            {**DELETE, "json_pk": "5", "dashboard_id": 99999999999},
            "the payload says 5, its path another id; column dashboard_id says 99999999999, where the server writes"
            " none; an id that no Superset gives",
        ),
    ],
)
def test_what_does_not_look_like_the_server_is_told_in_words(row: Row, told: str, tmp_path: Path) -> None:
    assert finding(tmp_path, row) == told


@pytest.mark.parametrize(
    ("action", "rows", "found"),
    [
        ("ChartRestApi.post", 1, False),
        ("ChartRestApi.post", 0, True),
        ("DashboardRestApi.post", 9, True),
        ("ChartRestApi.import_", 1, False),
        ("ChartRestApi.put", 9, True),
    ],
)
def test_an_id_above_the_highest_may_be_of_an_object_that_was_made_and_is_gone(
    action: str, rows: int, found: bool, tmp_path: Path
) -> None:
    gone: Row = {**DELETE, "path": "/api/v1/chart/8", "path_id": 8, "json_pk": "8"}
    assert (finding(tmp_path, gone, log_summary=[{"action": action, "rows": rows}]) is not None) is found


@pytest.mark.parametrize(("time", "found"), [("08-12 08:59", False), ("08-12 08:58:59", True)])
def test_a_row_earlier_than_the_one_before_it_by_more_than_a_minute_is_out_of_order(
    time: str, found: bool, tmp_path: Path
) -> None:
    before, after = {**DELETE, "occurred_at": at("08-12 09:00")}, {**DELETE, "id": 3, "occurred_at": at(time)}
    told = "its time is 61 seconds before that of the row before it, logs:1"
    assert [row["finding"] for row in judge(tmp_path, before, after)] == ([told] if found else [])


def test_how_far_a_row_may_lie_back_can_be_set(tmp_path: Path) -> None:
    rows = [{**DELETE, "occurred_at": at("08-12 09:00:05")}, {**DELETE, "id": 2}]
    seeded = seed(tmp_path, log_rows=rows, objects=[CHART])
    assert refs(seeded.run("suspicious_rows", seconds=5)) == ()
    assert refs(seeded.run("suspicious_rows", seconds=4)) == ("logs:2",)


def test_each_row_is_told_once_with_its_account_and_the_window_is_half_open(tmp_path: Path) -> None:
    times = {"early": "06-30 23:59:59.999999", "first": "07-01", "last": "09-30 23:59:59.999999", "late": "10-01"}
    rows = [
        {**DELETE, "id": number, "has_explode": True, "occurred_at": at(time), "path": name}
        for number, (name, time) in enumerate(times.items(), start=1)
    ]
    accounts = [{"user_id": 1, "username": "alice"}]
    found = judge(tmp_path, *rows, accounts=accounts)
    assert refs(found, "path") == EDGES
    assert found[0] == {
        "occurred_at": at("07-01"),
        "username": "alice",
        "action": "ChartRestApi.delete",
        "path": "first",
        "finding": "the payload asks to be replaced (explode)",
        "source_ref": "logs:2",
        "flagged": True,
    }


@pytest.mark.parametrize(("user_id", "told"), [(9, "account 9 (gone)"), (None, "unattributed")])
def test_a_row_of_an_account_that_is_gone_or_of_nobody_says_so(user_id: int | None, told: str, tmp_path: Path) -> None:
    (row,) = judge(tmp_path, {**DELETE, "has_explode": True, "user_id": user_id})
    assert row["username"] == told


def test_the_rows_of_the_log_in_the_window_are_what_was_looked_at(tmp_path: Path) -> None:
    rows = [DELETE, {**DELETE, "id": 2, "has_explode": True}, {**DELETE, "id": 3, "occurred_at": at("10-01")}]
    evidence = seed(tmp_path, log_rows=rows, objects=[CHART]).evidence("suspicious_rows")
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 2)
