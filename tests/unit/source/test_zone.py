"""The server's offset, measured where both of its clocks were written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditctl.source.zone import Measured, contradicts, describe, is_utc, measure_offsets, suggested_zone

from .made import Open, run

HOUR = timedelta(hours=1)
JULY, DECEMBER = "2026-07-03", "2026-12-03"


@pytest.fixture
def content(database: Path) -> Path:
    """No change yet; dashboards and charts as Superset keeps them."""
    objects = "(id INTEGER PRIMARY KEY, {}, created_on, created_by_fk, changed_on, changed_by_fk)"
    run(database, f"CREATE TABLE dashboards {objects.format('dashboard_title')}")
    run(database, f"CREATE TABLE slices {objects.format('slice_name')}")
    return database


def edit(
    path: Path, number: int, logged: str | None, stored: str | None, *, editor: int = 7, path_id: int | None = None
) -> None:
    """Log a change of dashboard `number` at one time, and let the dashboard say another."""
    body = f'{{"path": "/api/v1/dashboard/{path_id or number}"}}'
    run(
        path,
        "INSERT INTO logs (action, user_id, dttm, json) VALUES ('DashboardRestApi.put', 7, ?, ?)",
        parameters=(logged, body),
    )
    run(
        path,
        "INSERT INTO dashboards (id, changed_on, changed_by_fk) VALUES (?, ?, ?)",
        parameters=(number, stored, editor),
    )


def offsets(opened: Open, path: Path) -> list[timedelta]:
    return [found.offset for found in measure_offsets(opened(path))]


def test_a_server_in_berlin_is_ahead_by_two_hours_in_summer_and_one_in_winter(opened: Open, content: Path) -> None:
    edit(content, 1, f"{JULY} 22:30:00.900000", "2026-07-04 00:30:00.100000")
    edit(content, 2, f"{DECEMBER} 10:00:04.000000", f"{DECEMBER} 11:00:00.500000")
    measured = measure_offsets(opened(content))
    assert [found.offset for found in measured] == [2 * HOUR, HOUR]
    assert measured[0].at == datetime(2026, 7, 3, 22, 30, 0, 900_000, tzinfo=UTC)
    assert describe(measured) == "+02:00 (2026-07-03, changes: 1), +01:00 (2026-12-03, changes: 1)"
    assert suggested_zone(measured) is None
    assert contradicts(measured, "Europe/Berlin") is None
    assert contradicts(measured, "UTC") == measured[0]


def test_what_was_made_is_found_by_its_name(opened: Open, content: Path) -> None:
    made = "INSERT INTO slices (id, slice_name, created_on, created_by_fk) VALUES (?, ?, ?, 7)"
    logged = "INSERT INTO logs (action, user_id, dttm, json) VALUES ('ChartRestApi.post', 7, ?, ?)"
    for number, name in enumerate(("Orders", "Patients"), 1):
        run(content, logged, parameters=(f"{JULY} 0{number}:00:00.000000", f'{{"slice_name": "{name}"}}'))
        run(content, made, parameters=(number, name, f"{JULY} 0{number}:30:00.000000"))
    assert offsets(opened, content) == [HOUR / 2, HOUR / 2]


@pytest.mark.parametrize(
    ("logged", "stored"),
    [
        (f"{JULY} 10:00:00", f"{JULY} 12:00:05.000000"),  # five seconds apart
        (f"{JULY} 10:00:00", f"{JULY} 12:07:00.000000"),  # between two offsets
        (f"{JULY} 10:00:00", "2026-07-04 00:15:00.000000"),  # further than any zone
        (f"{JULY} 10:00:00", None),
        (None, f"{JULY} 12:00:00.000000"),
    ],
)
def test_times_that_do_not_belong_together_show_nothing(
    opened: Open, content: Path, logged: str | None, stored: str | None
) -> None:
    edit(content, 1, logged, stored)
    edit(content, 2, logged, stored)
    assert offsets(opened, content) == []


def test_one_change_is_not_enough(opened: Open, content: Path) -> None:
    edit(content, 1, f"{JULY} 10:00:00", f"{JULY} 12:00:00")
    assert offsets(opened, content) == []


def test_a_change_by_somebody_else_or_of_something_else_does_not_count(opened: Open, content: Path) -> None:
    edit(content, 1, f"{JULY} 10:00:00", f"{JULY} 12:00:00", editor=8)
    edit(content, 2, f"{JULY} 10:00:00", f"{JULY} 12:00:00", path_id=9)
    assert offsets(opened, content) == []


def test_two_offsets_on_one_day_contradict_each_other(opened: Open, content: Path) -> None:
    for number in (1, 2):
        edit(content, number, f"{JULY} 10:00:00", f"{JULY} 12:00:00")
    edit(content, 3, f"{JULY} 11:00:00", f"{JULY} 12:00:00")
    assert offsets(opened, content) == []


def test_an_object_whose_changes_fit_two_offsets_is_left_out(opened: Open, content: Path) -> None:
    for number in (1, 2, 3):
        edit(content, number, f"{JULY} 10:00:00", f"{JULY} 12:00:00")
    run(
        content,
        "INSERT INTO logs (action, user_id, dttm, json) VALUES"
        f" ('DashboardRestApi.put', 7, '{JULY} 11:00:00', '{{\"path\": \"/api/v1/dashboard/3\"}}')",
    )
    assert offsets(opened, content) == [2 * HOUR, 2 * HOUR]


def test_a_body_that_is_no_json_is_passed_over(opened: Open, content: Path) -> None:
    edit(content, 1, f"{JULY} 10:00:00", f"{JULY} 12:00:00")
    edit(content, 2, f"{JULY} 10:00:00", f"{JULY} 12:00:00")
    run(content, "UPDATE logs SET json = 'no json' WHERE json LIKE '%/2\"}'")
    run(content, "INSERT INTO logs (action, user_id, dttm, json) VALUES ('ChartRestApi.put', 7, '2026-07-03', '[1]')")
    assert offsets(opened, content) == []


def test_a_log_alone_shows_nothing(opened: Open, database: Path) -> None:
    assert offsets(opened, database) == []


def test_zero_is_utc_only_when_seen_in_summer_and_winter() -> None:
    winter = [Measured(datetime(2026, 12, day, tzinfo=UTC), 0 * HOUR) for day in (1, 2, 3)]
    summer = Measured(datetime(2026, 7, 1, tzinfo=UTC), 0 * HOUR)
    london = Measured(datetime(2026, 7, 1, tzinfo=UTC), HOUR)
    assert suggested_zone(winter) == "UTC"
    assert not is_utc(winter)
    assert is_utc([summer, *winter])
    assert not is_utc([summer, winter[0]])
    assert not is_utc([london, *winter])
    assert suggested_zone([london, *winter]) is None
    assert suggested_zone([]) is None
