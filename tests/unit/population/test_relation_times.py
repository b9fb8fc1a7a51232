"""Days, hours and windows, where clocks change and zones differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from auditctl.period import Period
from auditctl.settings import BusinessHours, Report, Source

from .made import SETTINGS, Superset

NEW_YORK = replace(SETTINGS, report=Report(zone="America/New_York"))
DAY = "2026-07-01"


def test_local_days_and_hours_follow_the_clocks(superset: Superset) -> None:
    expected = {
        "2026-03-08 06:59:59.999999": ("2026-03-08", 1),  # the last moment before 01:59 becomes 03:00
        "2026-03-08 07:00:00.000000": ("2026-03-08", 3),
        "2026-11-01 03:59:59.999999": ("2026-10-31", 23),
        "2026-11-01 05:30:00.000000": ("2026-11-01", 1),  # 01:30, for the first time
        "2026-11-01 06:30:00.000000": ("2026-11-01", 1),  # 01:30, for the second time
        "2026-11-01 07:00:00.000000": ("2026-11-01", 2),
    }
    for at in expected:
        superset.log("welcome", at)
    built = superset.build(settings=NEW_YORK)
    found = built.rows("SELECT CAST(local_date AS VARCHAR), local_hour FROM events ORDER BY occurred_at")
    assert found == list(expected.values())


def test_a_day_on_which_clocks_change_is_as_long_as_it_was(superset: Superset) -> None:
    superset.log("welcome", "2026-11-02 04:59:59.999999")  # 23:59 on Sunday 1 November
    superset.log("welcome", "2026-11-02 05:00:00.000000")  # Monday
    rows = superset.build("days", settings=NEW_YORK).rows(
        "SELECT CAST(day AS VARCHAR), weekday, date_diff('hour', day_since, day_until), log_rows FROM days"
        " WHERE day IN ('2026-03-08', '2026-11-01', '2026-11-02') ORDER BY day"
    )
    assert rows == [("2026-03-08", 7, 23, 0), ("2026-11-01", 7, 25, 1), ("2026-11-02", 1, 24, 1)]


def test_the_first_and_last_day_are_cut_to_the_window(superset: Superset) -> None:
    # A window of UTC days begins and ends at 19:00 and 20:00 in New York.
    since, until = datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    built = superset.build("days", settings=NEW_YORK, period=Period("a day", since, until, "UTC"))
    rows = built.rows("SELECT CAST(day AS VARCHAR), CAST(day_since AS VARCHAR), CAST(day_until AS VARCHAR) FROM days")
    assert rows == [
        ("2026-03-07", "2026-03-08 00:00:00", "2026-03-08 05:00:00"),
        ("2026-03-08", "2026-03-08 05:00:00", "2026-03-09 00:00:00"),
    ]


def test_business_hours_are_of_the_reports_zone(superset: Superset) -> None:
    hours = BusinessHours(days=frozenset({1, 2, 3, 4, 5, 6}), start=time(9), end=time(17))
    settings = replace(SETTINGS, report=Report(zone="Europe/Berlin"), business_hours=hours)
    expected = {
        "2026-07-01 06:59:59.999999": False,  # Wednesday, 08:59:59 in Berlin
        "2026-07-01 07:00:00.000000": True,
        "2026-07-01 14:59:59.999999": True,
        "2026-07-01 15:00:00.000000": False,
        "2026-07-04 10:00:00.000000": True,  # Saturday is a business day here
        "2026-07-05 10:00:00.000000": False,
        "2026-12-02 07:30:00.000000": False,  # in winter 08:30
    }
    for at in expected:
        superset.log("welcome", at)
    found = superset.build(settings=settings).column("SELECT in_business_hours FROM events ORDER BY occurred_at")
    assert found == list(expected.values())


@pytest.mark.parametrize(
    ("zone", "created_at"),
    [("America/New_York", "2026-07-01 13:00:00"), ("Asia/Kolkata", "2026-07-01 03:30:00"), (None, None)],
)
def test_times_of_the_server_are_converted_with_its_zone(
    superset: Superset, zone: str | None, created_at: str | None
) -> None:
    superset.sql("UPDATE ab_user SET created_on = '2026-07-01 09:00:00.000000' WHERE id = 2")
    built = superset.build("accounts", settings=replace(SETTINGS, source=Source(server_zone=zone)))
    times = "CAST(created_local AS VARCHAR), CAST(created_at AS VARCHAR)"
    assert built.rows(f"SELECT {times} FROM accounts WHERE user_id = 2") == [("2026-07-01 09:00:00", created_at)]


def test_a_lookback_brings_earlier_rows_into_relations(superset: Superset) -> None:
    superset.log("welcome", "2025-12-31 12:00:00.000000")
    superset.log("welcome", "2025-12-30 23:00:00.000000")
    built = superset.build(lookback_days=1)
    assert built.column("SELECT source_ref FROM events") == ["logs:1"]
    assert built.population.extracted_since == datetime(2025, 12, 31, tzinfo=UTC)
