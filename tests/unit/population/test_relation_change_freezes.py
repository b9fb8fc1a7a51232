"""Freezes are times of the report's zone, and those outside the window are not in it."""

from __future__ import annotations

from dataclasses import replace

from auditctl.settings import Report

from .made import SETTINGS, Superset


def test_freezes_that_reach_into_the_window_are_in_it_by_the_reports_zone(superset: Superset) -> None:
    freezes = ("2026-09-20..2026-10-01", "2025-12-20..2026-01-02", "2025-12-01..2026-01-01", "2027-01-01..2027-02-01")
    settings = replace(SETTINGS, report=Report(zone="Europe/Berlin", freezes=(*freezes, freezes[0])))
    built = superset.build("change_freezes", settings=settings, requires=("change_freezes",))
    columns = "declared, CAST(freeze_since AS VARCHAR), CAST(freeze_until AS VARCHAR)"
    # The window is the year 2026 in UTC. In Berlin, 2027 begins an hour before its end.
    assert built.rows(f"SELECT {columns} FROM change_freezes ORDER BY freeze_since") == [
        ("2025-12-20..2026-01-02", "2025-12-19 23:00:00", "2026-01-01 23:00:00"),
        ("2026-09-20..2026-10-01", "2026-09-19 22:00:00", "2026-09-30 22:00:00"),
        ("2027-01-01..2027-02-01", "2026-12-31 23:00:00", "2027-01-31 23:00:00"),
    ]
    assert built.population.capabilities["change_freezes"].held


def test_without_a_declaration_nothing_is_held(superset: Superset) -> None:
    built = superset.build("change_freezes", requires=("change_freezes",))
    assert built.rows("SELECT * FROM change_freezes") == []
    assert not built.population.capabilities["change_freezes"].held
