"""The days of a period as calendar pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditctl.population.model import Capability, Held
from auditctl.render.calendar import Calendar, Change, Day, Reading, calendar_of
from auditctl.render.html import render_html
from tests.golden.hard import hard_contents
from tests.queries.seed import Row, seed
from tests.queries.test_log_coverage import day

RECORDED = datetime(2026, 8, 12, 7, tzinfo=UTC)


def calendar(folder: Path, days: list[Row], *capabilities: Capability) -> Calendar | None:
    evidence = seed(folder, days=days).evidence("log_coverage")
    contents = hard_contents(folder)
    population = replace(contents.population, capabilities={one.name: one for one in capabilities})
    return calendar_of(replace(contents, evidence={"log_coverage": evidence}, population=population))


def capability(name: str, title: str, since: datetime) -> Capability:
    return Capability(name, title, (Held(since, datetime(2026, 11, 1, tzinfo=UTC), "server", "why"),), "", "")


def test_a_month_is_weeks_from_monday_with_nothing_outside_the_period(tmp_path: Path) -> None:
    found = calendar(tmp_path, [day("07-31"), day("08-01"), day("08-03")])
    assert found is not None
    assert [month.title for month in found.months] == ["July 2026", "August 2026"]
    july, august = found.months
    assert [[cell and cell.number for cell in week] for week in july.weeks] == [[None] * 4 + [31, None, None]]
    assert [[cell and cell.number for cell in week] for week in august.weeks] == [
        [None] * 5 + [1, None],
        [3] + [None] * 6,
    ]


@pytest.mark.parametrize(("rows", "shade"), [(0, 0), (1, 1), (25, 1), (26, 2), (50, 2), (75, 3), (76, 4), (100, 4)])
def test_a_day_is_the_darker_the_nearer_it_is_to_the_busiest(rows: int, shade: int, tmp_path: Path) -> None:
    found = calendar(tmp_path, [day("08-01", log_rows=rows), day("08-02", log_rows=100)])
    assert found is not None
    cell = found.months[0].weeks[0][5]
    assert cell is not None
    assert (cell.rows, cell.shade) == (rows, shade)
    assert found.busiest == 100


def test_heartbeats_of_the_recorder_are_no_activity(tmp_path: Path) -> None:
    found = calendar(tmp_path, [day("08-12", log_rows=300, heartbeats=288)])
    assert found is not None
    assert found.busiest == 12


def test_silent_days_and_those_before_the_log_are_told_apart(tmp_path: Path) -> None:
    silent, early = day("08-12", log_rows=0), day("08-11", log_rows=0, held=False)
    found = calendar(tmp_path, [early, silent, day("08-15", log_rows=0), day("08-13")])
    assert found is not None
    states = {cell.number: cell.state for week in found.months[0].weeks for cell in week if cell}
    assert states == {11: "not-held", 12: "silent", 13: "held", 15: "held"}  # the 15th is a Saturday
    assert (found.silent, found.not_held) == ((date(2026, 8, 12),), 1)


def test_what_begins_within_the_period_is_marked_on_its_day_and_named(tmp_path: Path) -> None:
    held = [capability("a", "Sign-ins", RECORDED), capability("b", "Changes", RECORDED)]
    before = capability("c", "Views", datetime(2026, 1, 1, tzinfo=UTC))
    found = calendar(tmp_path, [day("08-11"), day("08-12")], *held, before)
    assert found is not None
    assert found.changes == (Change(RECORDED, True, ("Changes", "Sign-ins")),)
    assert [cell.changes for week in found.months[0].weeks for cell in week if cell] == [False, True]


def test_below_it_stands_how_far_each_table_reaches_back(tmp_path: Path) -> None:
    first, last = datetime(2026, 5, 1, 8), datetime(2026, 9, 30, 12)  # noqa: DTZ001 - relations are naive UTC
    spans = [
        {"table_name": "logs", "rows": 5, "undated": 0, "first_at": first, "last_at": last},
        {"table_name": "query", "rows": 0, "undated": 0, "first_at": None, "last_at": None},
    ]
    months = [{"table_name": "logs", "month": first.replace(day=1, hour=0)}]
    months += [{"table_name": "logs", "month": last.replace(day=1, hour=0)}]
    (tmp_path / "held").mkdir()
    seeded = seed(tmp_path / "held", days=[day("08-01")], table_spans=spans, table_months=months)
    names = ("log_coverage", "retention")
    hard = hard_contents(tmp_path)
    contents = replace(hard, evidence={**hard.evidence, **{name: seeded.evidence(name) for name in names}})
    found = calendar_of(contents)
    assert found is not None
    gap = "cannot be told: whether Superset is newer, or rows before were removed, but has no row in 3 months since"
    unused = "the table is empty: pruned or never used"
    assert found.readings == (
        Reading("logs", 5, first, last, 3, "2026-06 to 2026-08", gap, flagged=True),
        Reading("query", 0, None, None, 0, None, unused, flagged=True),
    )
    page = " ".join(render_html(contents, for_print=True).split())
    assert f"<strong>{gap.capitalize().replace('superset', 'Superset')}.</strong>" in page
    assert "3 months without a row: 2026-06 to 2026-08" in page
    assert f'<td class="number">0</td><td>none</td><td>none</td><td><strong>{unused.capitalize()}.</strong>' in page


def test_a_report_that_does_not_ask_for_coverage_has_no_calendar(tmp_path: Path) -> None:
    assert calendar_of(hard_contents(tmp_path)) is None


@pytest.mark.parametrize(
    ("rows", "count"), [(9_999, "9999"), (10_000, "10k"), (9_999_999, "9999k"), (12_345_678, "12M")]
)
def test_a_count_fits_its_cell(rows: int, count: str) -> None:
    assert Day(1, rows, 4, "held", changes=False).count == count
