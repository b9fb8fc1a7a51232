from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from .seed import Row, Seeded, at, cells, refs, seed

DECLARED = {"server_zone": "UTC"}
CHART: Row = {"object_type": "chart", "object_id": "7", "name": "Orders", "source_ref": "slices:7"}
OLD: Row = {"created_at": at("01-05"), "created_by": "alice"}
EDITED: Row = {**CHART, **OLD, "changed_at": at("08-12 09:00"), "changed_by": "alice"}
MADE: Row = {**CHART, "created_at": at("08-12 09:00"), "created_by": "alice", "changed_at": at("08-12 09:00:05")}
EDIT: Row = {"kind": "content_change", "verb": "update", "object_type": "chart", "object_id": "7"}
CREATE: Row = {**EDIT, "verb": "create", "object_id": None, "event_outcome": "attempted"}
DELETE: Row = {**EDIT, "verb": "delete", "object_id": "8"}


def judge(
    folder: Path, objects: Sequence[Row] = (), events: Sequence[Row] = (), log_summary: Sequence[Row] = ()
) -> Seeded:
    return seed(folder, context=DECLARED, objects=objects, events=events, log_summary=log_summary)


def found(folder: Path, objects: list[Row], *events: Row) -> int:
    return len(judge(folder, objects=objects, events=[*events]).run("unlogged_changes"))


def test_a_change_without_any_row_is_shown(tmp_path: Path) -> None:
    (row,) = judge(tmp_path, objects=[EDITED]).run("unlogged_changes")
    assert row == cells(
        changed_at=at("08-12 09:00"),
        change="changed",
        object_type="chart",
        object_id="7",
        object_name="Orders",
        username="alice",
        finding="no row of the log explains it",
        source_ref="slices:7",
        flagged=True,
    )


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({}, 0),
        ({"kind": "access_change"}, 0),
        ({"kind": "sharing"}, 0),
        ({"kind": "view"}, 1),
        ({"object_id": "3,7,12"}, 0),
        ({"object_id": "17,70"}, 1),
        ({"object_id": None}, 1),
        ({"object_type": "dashboard"}, 1),
        ({"object_type": "dashboard", "object_id": None, "verb": "import"}, 0),
        ({"object_type": "dashboard", "object_id": None, "verb": "create"}, 1),
        ({"username": "bob"}, 1),
        ({"username": "unattributed", "attributed": False}, 0),
    ],
    ids=str,
)
def test_what_explains_a_change(columns: Row, shown: int, tmp_path: Path) -> None:
    assert found(tmp_path, [EDITED], {**EDIT, "occurred_at": at("08-12 09:00"), **columns}) == shown


def test_an_editor_who_is_not_known_may_have_been_anybody(tmp_path: Path) -> None:
    edit = {**EDIT, "occurred_at": at("08-12 09:00"), "username": "bob"}
    assert found(tmp_path, [{**EDITED, "changed_by": None}], edit) == 0


@pytest.mark.parametrize(
    ("ended", "duration", "shown"),
    [
        ("08-12 08:59:55", 0, 0),
        ("08-12 08:59:54", 0, 1),
        ("08-12 09:00:25", 20_000, 0),
        ("08-12 09:00:27", 20_000, 1),
        ("08-12 09:00:05", None, 0),
        ("08-13 09:00:07", 90_000_000, 1),
    ],
)
def test_the_change_lies_in_the_request_or_seconds_beside_it(
    ended: str, duration: int | None, shown: int, tmp_path: Path
) -> None:
    assert found(tmp_path, [EDITED], {**EDIT, "occurred_at": at(ended), "duration_ms": duration}) == shown


def test_an_object_is_made_by_any_creating_act_and_once(tmp_path: Path) -> None:
    when = {"occurred_at": at("08-12 09:00")}
    assert [row["change"] for row in judge(tmp_path, objects=[MADE]).run("unlogged_changes")] == ["made"]
    for verb, shown in {"create": 0, "copy": 0, "import": 0, "upload": 0, "update": 1, "delete": 1}.items():
        act = {**EDIT, "object_type": "dashboard", "object_id": "9", "verb": verb, **when}
        assert found(tmp_path, [MADE], act) == shown, verb
    later = {**MADE, "changed_at": at("08-12 09:00:06"), "changed_by": "alice"}
    rows = judge(tmp_path, objects=[later]).run("unlogged_changes")
    assert refs(rows, "change") == ("made", "changed")


def test_schedules_and_saved_queries_change_when_they_run(tmp_path: Path) -> None:
    types = ("schedule", "saved_query", "rls_rule")
    objects: list[Row] = [{**EDITED, "object_type": kind, "source_ref": kind} for kind in types]
    assert refs(judge(tmp_path, objects=objects).run("unlogged_changes")) == ("rls_rule",)


def test_the_window_ends_a_minute_early(tmp_path: Path) -> None:
    times = ["06-30 23:59:59", "07-01", "09-30 23:58:59", "09-30 23:59"]
    objects: list[Row] = [{**EDITED, "changed_at": at(time), "source_ref": time} for time in times]
    assert refs(judge(tmp_path, objects=objects).run("unlogged_changes")) == ("07-01", "09-30 23:58:59")


def numbered(*acts: Row) -> list[Row]:
    return [{**act, "occurred_at": at(f"08-12 09:0{n}"), "source_ref": f"logs:{n}"} for n, act in enumerate(acts)]


def gone(folder: Path, *acts: Row) -> tuple[object, ...]:
    return refs(judge(folder, events=numbered(*acts)).run("unlogged_changes"))


def test_a_creation_that_left_nothing_is_shown_when_no_deletion_comes_after_it(tmp_path: Path) -> None:
    (row,) = judge(tmp_path, events=numbered({**CREATE, "object_name": "Draft"})).run("unlogged_changes")
    assert (row["change"], row["object_name"], row["object_id"]) == ("made, gone", "Draft", None)
    assert gone(tmp_path, CREATE, DELETE) == ()
    assert gone(tmp_path, DELETE, CREATE) == ("logs:1",)


def test_each_deletion_accounts_for_one_creation_and_a_list_for_each_of_its_ids(tmp_path: Path) -> None:
    assert gone(tmp_path, CREATE, CREATE, DELETE) == ("logs:0",)
    assert gone(tmp_path, CREATE, CREATE, {**DELETE, "object_id": "8,9"}) == ()
    assert gone(tmp_path, CREATE, CREATE, CREATE, {**DELETE, "object_id": "8,9"}) == ("logs:0",)
    assert gone(tmp_path, CREATE, DELETE, CREATE) == ("logs:2",)


@pytest.mark.parametrize("outcome", ["failed", "refused", "unknown"])
def test_a_deletion_that_removed_nothing_or_may_be_made_up_accounts_for_none(outcome: str, tmp_path: Path) -> None:
    assert gone(tmp_path, CREATE, {**DELETE, "event_outcome": outcome}) == ("logs:0",)


@pytest.mark.parametrize(
    "columns", [{"event_outcome": "succeeded"}, {"event_outcome": "failed"}, {"object_id": "7"}, {"object_type": "tag"}]
)
def test_creations_that_left_something_or_cannot_be_compared_are_not_shown(columns: Row, tmp_path: Path) -> None:
    assert gone(tmp_path, {**CREATE, **columns}) == ()


def test_types_are_counted_apart(tmp_path: Path) -> None:
    assert gone(tmp_path, CREATE, {**DELETE, "object_type": "dashboard"}) == ("logs:0",)


def test_deletions_of_the_type_after_the_window_leave_its_creations_open(tmp_path: Path) -> None:
    def later(action: str, time: str) -> int:
        summary: list[Row] = [{"action": action, "last_at": at(time)}]
        return len(judge(tmp_path, events=numbered(CREATE), log_summary=summary).run("unlogged_changes"))

    assert later("ChartRestApi.bulk_delete", "10-01") == 0
    assert later("ChartRestApi.bulk_delete", "09-30") == 1
    assert later("ChartRestApi.put", "10-01") == 1
    assert later("DashboardRestApi.delete", "10-01") == 1


def test_without_the_servers_zone_nothing_is_shown(tmp_path: Path) -> None:
    assert seed(tmp_path, events=numbered(CREATE)).run("unlogged_changes") == []
