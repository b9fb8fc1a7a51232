"""Rows over time as bars: when there is a picture, and what it says."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdf
import pytest

from auditctl.assess.model import ControlResult, Outcome, Word
from auditctl.catalogue.model import Column, ColumnType, Kind, Time
from auditctl.period import Period
from auditctl.population.model import Coverage, Gap
from auditctl.render.chart import BASE, LEFT, TOP, WIDTH, Chart, charts_of
from auditctl.render.contents import PackContents
from auditctl.render.html import render_html
from auditctl.render.pdf import render_pdf
from auditctl.run.evidence import Evidence
from tests.golden.hard import hard_contents, query, write_rows
from tests.golden.objects import dictionaries

COLUMNS = (
    Column("occurred_at", "Time (UTC)", ColumnType.DATETIME),
    Column("flag_reason", "Flagged because", ColumnType.TEXT),
    Column("source_ref", "Row", ColumnType.TEXT),
)
SINCE, UNTIL = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
Acts = Sequence[tuple[str, str | None]]
"""Instants of UTC in July 2026, such as `03 09:15`, and why each is flagged."""
PICTURE: Acts = [("03 09:00", None)] * 5 + [("04 09:00", "x")] * 6 + [("06 09:00", None), ("09 09:00", None)]


def evidence(folder: Path, name: str, acts: Acts, time: Time = Time.PERIOD) -> Evidence:
    rows = tuple(
        (datetime.strptime(f"2026-07-{at}", "%Y-%m-%d %H:%M"), reason, f"logs:{number}")  # noqa: DTZ007
        for number, (at, reason) in enumerate(acts)
    )
    made = write_rows(folder / f"{name}.parquet", COLUMNS, rows)
    flagged = sum(reason is not None for _, reason in acts)
    asked = query(name, Kind.INDICATOR, COLUMNS, time)
    return Evidence(name, asked, {}, COLUMNS, made.path, len(rows), flagged, None, (), "a1" * 32, UNTIL)


def contents(
    folder: Path,
    *controls: Sequence[tuple[Word, Evidence]],
    zone: str = "UTC",
    until: datetime = UNTIL,
    gap: Gap | None = None,
) -> PackContents:
    hard = hard_contents(folder)
    control, test = hard.results[0].control, hard.results[0].outcomes[0].test
    covered = Coverage("partial", (gap,)) if gap else Coverage("yes", ())
    results = tuple(
        ControlResult(control, Word.ITEMS, {}, "", tuple(Outcome(test, word, "", one, covered) for word, one in found))
        for found in controls
    )
    evidence = {one.name: one for found in controls for _, one in found}
    period = Period("2026-07", SINCE, until, zone)
    return replace(hard, results=results, evidence=evidence, period=period, cut_off=until)


def only_chart(folder: Path, acts: Acts, zone: str = "UTC", until: datetime = UNTIL, gap: Gap | None = None) -> Chart:
    made = [(Word.ITEMS, evidence(folder, "acts", acts))]
    (chart,) = charts_of(contents(folder, made, zone=zone, until=until, gap=gap)).values()
    return chart


def counts(chart: Chart) -> dict[date, tuple[int, int]]:
    return {bar.first: (bar.rows, bar.flagged) for bar in chart.bars if bar.rows}


def test_each_day_has_a_bar_with_its_rows_and_the_flagged_ones(tmp_path: Path) -> None:
    chart = only_chart(tmp_path, PICTURE)
    assert len(chart.bars) == 31
    assert counts(chart) == {
        date(2026, 7, 3): (5, 0),
        date(2026, 7, 4): (6, 6),
        date(2026, 7, 6): (1, 0),
        date(2026, 7, 9): (1, 0),
    }
    assert chart.title == "Acts per day"
    assert chart.sentence == "13 rows on 4 of 31 days (UTC), the most on 2026-07-04: 6."
    assert (chart.flagged, chart.peak.rows, chart.scale) == (6, 6, (2, 4, 6))


def test_a_day_is_one_of_the_report_s_zone(tmp_path: Path) -> None:
    late = [("03 21:59", None), ("03 22:00", None), *PICTURE]
    chart = only_chart(tmp_path, late, zone="Europe/Berlin")  # two hours ahead of UTC in July
    assert counts(chart)[date(2026, 7, 3)] == (6, 0)
    assert counts(chart)[date(2026, 7, 4)] == (7, 6)


def test_bars_stand_in_order_within_the_page_and_the_highest_fills_it(tmp_path: Path) -> None:
    chart = only_chart(tmp_path, PICTURE)
    edges = [edge for bar in chart.bars for edge in (bar.x, bar.x + bar.width)]
    assert edges == sorted(edges)
    assert edges[0] >= LEFT
    assert edges[-1] <= WIDTH
    assert chart.height(6) == BASE - TOP
    assert chart.height(3) == (BASE - TOP) / 2


def test_a_low_day_each_becomes_weeks_from_monday(tmp_path: Path) -> None:
    chart = only_chart(tmp_path, [(f"{day:02} 12:00", None) for day in range(1, 13)])
    assert counts(chart) == {date(2026, 6, 29): (5, 0), date(2026, 7, 6): (7, 0)}
    assert chart.sentence == "12 rows in 2 of 5 weeks (from Monday, UTC), the most in that of 2026-07-06: 7."
    assert [label for _, label in chart.dates] == ["06-29", "07-06", "07-13", "07-20", "07-27"]


def test_more_than_a_hundred_days_are_shown_by_week_and_labelled_by_month(tmp_path: Path) -> None:
    chart = only_chart(tmp_path, PICTURE, until=datetime(2026, 11, 1, tzinfo=UTC))
    assert len(chart.bars) == 18  # from the Monday of 29 June to that of 26 October
    assert [label for _, label in chart.dates] == ["2026-07", "2026-08", "2026-09", "2026-10"]


@pytest.mark.parametrize(
    "acts",
    [
        [("03 09:00", None)] * 9,  # fewer than ten
        [("03 09:00", None)] * 20 + [("04 09:00", None), ("05 09:00", None)],  # three days
        [(f"{day:02} 09:00", None) for day in range(1, 31, 3)],  # never five, also not in a week
    ],
)
def test_what_a_sentence_says_as_well_has_no_picture(acts: Acts, tmp_path: Path) -> None:
    assert charts_of(contents(tmp_path, [(Word.ITEMS, evidence(tmp_path, "acts", acts))])) == {}


def test_current_state_has_no_picture_over_time(tmp_path: Path) -> None:
    state = evidence(tmp_path, "acts", PICTURE, Time.AS_OF)
    assert charts_of(contents(tmp_path, [(Word.ITEMS, state)])) == {}


def test_a_control_has_one_chart_of_its_gravest_outcome_and_no_rows_have_two(tmp_path: Path) -> None:
    listed, grave = evidence(tmp_path, "listed", PICTURE), evidence(tmp_path, "grave", PICTURE)
    once = contents(tmp_path, [(Word.LISTED, listed), (Word.EXCEPTIONS, grave)])
    assert list(charts_of(once)) == ["grave"]
    twice = contents(tmp_path, [(Word.LISTED, listed), (Word.EXCEPTIONS, grave)], [(Word.LISTED, listed)])
    assert list(charts_of(twice)) == ["grave"]


def test_days_that_are_not_held_are_shaded(tmp_path: Path) -> None:
    chart = only_chart(tmp_path, PICTURE, gap=Gap(SINCE - timedelta(days=9), datetime(2026, 7, 11, 8, tzinfo=UTC)))
    ((begin, width),) = chart.not_held
    assert begin == LEFT
    assert width == pytest.approx((WIDTH - LEFT) * (10 + 8 / 24) / 31)


def test_the_page_says_the_picture_in_words_too(tmp_path: Path) -> None:
    gap = Gap(SINCE, datetime(2026, 7, 2, tzinfo=UTC))
    report = contents(tmp_path, [(Word.ITEMS, evidence(tmp_path, "acts", PICTURE))], gap=gap)
    html = render_html(report, for_print=False)
    assert html.count("<svg ") == html.count('role="img"') == 1
    assert "Filled: the 6 flagged. Shaded: not held.</figcaption>" in html
    assert "<title>Acts per day. 13 rows on 4 of 31 days (UTC), the most on 2026-07-04: 6.</title>" in html
    assert "<desc>2026-07-03: 5; 2026-07-04: 6, 6 flagged; 2026-07-06: 1; 2026-07-09: 1.</desc>" in html
    assert "http:" not in html


def test_the_pdf_reads_the_picture_out(tmp_path: Path) -> None:
    report = contents(tmp_path, [(Word.ITEMS, evidence(tmp_path, "acts", PICTURE))])
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(render_html(report, for_print=True), identifier=b"i" * 16)))
    (figure,) = [one for one in dictionaries(reader) if one.get("/S") == "/Figure" and "/Alt" in one]
    assert figure["/Alt"] == "Acts per day. 13 rows on 4 of 31 days (UTC), the most on 2026-07-04: 6."
