"""Periods and instants: what each form means, to the hour, and that nothing falls between two of them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditctl.errors import UsageError
from auditctl.period import (
    Period,
    parse_period,
    parse_range,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = datetime(2200, 1, 1, tzinfo=UTC)
# Ordinary, half-hour and 45-minute offsets, clocks that change at midnight, and a zone that skipped a whole day.
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "America/Havana",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ]
)
INSTANTS = st.datetimes(datetime(1972, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
YEARS = st.integers(1972, 2037)
FISCAL_STARTS = st.tuples(st.integers(1, 12), st.integers(1, 28))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def message(error: pytest.ExceptionInfo[UsageError]) -> str:
    [line] = error.value.diagnostics()
    return line


@pytest.mark.parametrize(
    ("text", "label", "since", "until"),
    [
        ("Q3", "2026-Q3", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("q4", "2025-Q4", utc(2025, 10, 1), utc(2026, 1, 1)),
        ("H1", "2026-H1", utc(2026, 1, 1), utc(2026, 7, 1)),
        ("h2", "2025-H2", utc(2025, 7, 1), utc(2026, 1, 1)),
        ("2026-Q3", "2026-Q3", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("2026-Q4", "2026-Q4", utc(2026, 10, 1), utc(2027, 1, 1)),
        ("FY26-Q1", "2026-Q1", utc(2026, 1, 1), utc(2026, 4, 1)),
        ("FY2026", "2026", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("2026", "2026", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("2026-H2", "2026-H2", utc(2026, 7, 1), utc(2027, 1, 1)),
        ("2026-07", "2026-07", utc(2026, 7, 1), utc(2026, 8, 1)),
        ("2026-W01", "2026-W01", utc(2025, 12, 29), utc(2026, 1, 5)),
        ("last-quarter", "2026-Q3", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("Last-Month", "2026-10", utc(2026, 10, 1), utc(2026, 11, 1)),
        ("last-week", "2026-W47", utc(2026, 11, 16), utc(2026, 11, 23)),
        ("last-year", "2025", utc(2025, 1, 1), utc(2026, 1, 1)),
        ("yesterday", "2026-11-23", utc(2026, 11, 23), utc(2026, 11, 24)),
        ("today", "2026-11-24", utc(2026, 11, 24), utc(2026, 11, 25)),
        ("2026-07-01", "2026-07-01", utc(2026, 7, 1), utc(2026, 7, 2)),
        ("24h", "20261123T120000Z_20261124T120000Z", utc(2026, 11, 23, 12), utc(2026, 11, 24, 12)),
        ("7D", "20261117T120000Z_20261124T120000Z", utc(2026, 11, 17, 12), utc(2026, 11, 24, 12)),
        ("30m", "20261124T113000Z_20261124T120000Z", utc(2026, 11, 24, 11, 30), utc(2026, 11, 24, 12)),
        ("2w", "20261110T120000Z_20261124T120000Z", utc(2026, 11, 10, 12), utc(2026, 11, 24, 12)),
        ("2026-07-01..2026-10-01", "2026-07-01_2026-10-01", utc(2026, 7, 1), utc(2026, 10, 1)),
        (
            "2026-07-01T09:00+02:00..2026-07-02T07:00Z",
            "20260701T070000Z_20260702T070000Z",
            utc(2026, 7, 1, 7),
            utc(2026, 7, 2, 7),
        ),
    ],
)
def test_each_form_means_one_period(text: str, label: str, since: datetime, until: datetime) -> None:
    assert parse_period(text, now=NOW) == Period(label, since, until, "UTC")


def test_midnights_are_those_of_the_zone() -> None:
    quarter = parse_period("2026-Q3", now=NOW, zone="Europe/Berlin")
    assert (quarter.since, quarter.until) == (utc(2026, 6, 30, 22), utc(2026, 9, 30, 22))
    assert quarter.zone == "Europe/Berlin"


def test_a_quarter_over_the_end_of_summer_time_has_an_hour_more() -> None:
    quarter = parse_period("2026-Q4", now=NOW, zone="America/New_York")
    assert quarter.until - quarter.since == timedelta(hours=2209)


def test_a_quarter_over_the_begin_of_summer_time_has_an_hour_less() -> None:
    quarter = parse_period("2026-Q1", now=NOW, zone="America/New_York")
    assert quarter.until - quarter.since == timedelta(hours=90 * 24 - 1)


def test_a_day_begins_when_the_clocks_jump_over_its_midnight() -> None:
    day = parse_period("2018-11-04", now=NOW, zone="America/Sao_Paulo")  # 00:00 -03:00 became 01:00 -02:00
    assert (day.since, day.until) == (utc(2018, 11, 4, 3), utc(2018, 11, 5, 2))


def test_a_day_begins_with_the_first_of_two_midnights() -> None:
    day = parse_period("2026-11-01", now=NOW, zone="America/Havana")  # 01:00 -04:00 became 00:00 -05:00
    assert (day.since, day.until) == (utc(2026, 11, 1, 4), utc(2026, 11, 2, 5))


def test_a_day_that_a_zone_skipped_is_empty() -> None:
    with pytest.raises(UsageError, match="2011-12-30 is empty"):
        parse_period("2011-12-30", now=NOW, zone="Pacific/Apia")


def test_a_leap_day_is_part_of_its_month() -> None:
    february = parse_period("2028-02", now=LATER)
    assert february.until - february.since == timedelta(days=29)
    assert parse_period("2028-02-29", now=LATER).until == february.until
    with pytest.raises(UsageError, match='no "2027-02-29" in the calendar'):
        parse_period("2027-02-29", now=LATER)


def test_the_latest_quarter_ends_at_the_latest_now() -> None:
    assert parse_period("Q3", now=utc(2026, 10, 1)).label == "2026-Q3"
    assert parse_period("Q3", now=utc(2026, 10, 1) - timedelta(microseconds=1)).label == "2025-Q3"


def test_the_latest_quarter_ends_at_the_midnight_of_the_zone() -> None:
    now = utc(2026, 9, 30, 23)
    assert parse_period("last-quarter", now=now, zone="Europe/Berlin").label == "2026-Q3"
    assert parse_period("last-quarter", now=now, zone="UTC").label == "2026-Q2"


def test_now_may_come_with_any_offset() -> None:
    now = datetime(2026, 11, 24, 13, tzinfo=timezone(timedelta(hours=1)))
    assert parse_period("24h", now=now) == parse_period("24h", now=NOW)


@pytest.mark.parametrize(
    ("text", "label", "since", "until"),
    [
        ("Q3", "FY2026-Q3", utc(2026, 4, 1), utc(2026, 7, 1)),
        ("Q1", "FY2026-Q1", utc(2025, 10, 1), utc(2026, 1, 1)),
        ("FY26-Q1", "FY2026-Q1", utc(2025, 10, 1), utc(2026, 1, 1)),
        ("FY2027", "FY2027", utc(2026, 10, 1), utc(2027, 10, 1)),
        ("fy26-h2", "FY2026-H2", utc(2026, 4, 1), utc(2026, 10, 1)),
        ("last-quarter", "FY2026-Q4", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("last-year", "FY2026", utc(2025, 10, 1), utc(2026, 10, 1)),
        ("2026-Q3", "2026-Q3", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("2026", "2026", utc(2026, 1, 1), utc(2027, 1, 1)),
    ],
)
def test_a_fiscal_year_is_named_by_the_year_in_which_it_ends(
    text: str, label: str, since: datetime, until: datetime
) -> None:
    assert parse_period(text, now=NOW, fiscal_year_start=(10, 1)) == Period(label, since, until, "UTC")


def test_a_fiscal_year_may_begin_within_a_month() -> None:
    quarter = parse_period("FY27-Q3", now=LATER, fiscal_year_start=(4, 6))
    assert (quarter.since, quarter.until) == (utc(2026, 10, 6), utc(2027, 1, 6))


@given(instant=INSTANTS, zone=ZONES)
@example(instant=utc(2026, 11, 1, 5, 30), zone="America/New_York")
def test_every_instant_lies_in_exactly_one_quarter(instant: datetime, zone: str) -> None:
    quarters = [
        parse_period(f"{year}-Q{number}", now=LATER, zone=zone)
        for year in range(instant.year - 1, instant.year + 2)
        for number in range(1, 5)
    ]
    assert len([quarter for quarter in quarters if quarter.since <= instant < quarter.until]) == 1


@given(year=YEARS, zone=ZONES, start=FISCAL_STARTS)
def test_the_quarters_of_a_fiscal_year_meet_and_fill_it(year: int, zone: str, start: tuple[int, int]) -> None:
    def fiscal(part: str) -> Period:
        return parse_period(part, now=LATER, zone=zone, fiscal_year_start=start)

    whole = fiscal(f"FY{year}")
    parts = [fiscal(f"FY{year}-Q{number}") for number in range(1, 5)]
    assert [part.until for part in parts[:-1]] == [part.since for part in parts[1:]]
    assert (parts[0].since, parts[-1].until) == (whole.since, whole.until)
    assert whole.until == fiscal(f"FY{year + 1}").since
    assert fiscal(f"FY{year}-H1").until == fiscal(f"FY{year}-H2").since == parts[1].until


@given(now=INSTANTS, zone=ZONES, start=FISCAL_STARTS, part=st.sampled_from(["Q1", "Q2", "Q3", "Q4", "H1", "H2"]))
def test_a_part_without_a_year_is_the_latest_that_has_ended(
    now: datetime, zone: str, start: tuple[int, int], part: str
) -> None:
    latest = parse_period(part, now=now, zone=zone, fiscal_year_start=start)
    year = int(latest.label.removeprefix("FY")[:4])
    following = parse_period(f"FY{year + 1}-{part}", now=LATER, zone=zone, fiscal_year_start=start)
    assert latest.until <= now < following.until


@given(
    text=st.sampled_from(
        ["Q2", "H2", "last-quarter", "last-month", "last-week", "last-year", "yesterday", "today", "36h"]
    ),
    now=INSTANTS,
    start=FISCAL_STARTS,
)
def test_a_label_is_a_safe_name_and_a_form_itself(text: str, now: datetime, start: tuple[int, int]) -> None:
    period = parse_period(text, now=now, fiscal_year_start=start)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", period.label)
    if text != "36h":
        assert parse_period(period.label, now=now, fiscal_year_start=start) == period


@given(text=st.text(max_size=30) | st.text("0123456789-:.TZ+QFYHWmhdw", max_size=24))
@example("FY")
@example("..")
@example("9999")
@example("9999-12-31")
@example("0000-01")
@example("999999w")
def test_any_text_is_a_period_or_an_error_on_one_safe_line(text: str) -> None:
    try:
        period = parse_period(text, now=NOW, zone="Europe/Berlin")
    except UsageError as error:
        lines = error.diagnostics()
    else:
        lines = [period.label]
    assert len(lines) == 1
    assert not {unicodedata.category(character) for character in lines[0]} & {"Cc", "Cf", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["", "Q5", "2026-Q0", "last-decade", "FY1", "2026Q3", "2026-7", "1.5h", "24 h", "٣h"])
def test_a_wrong_period_is_answered_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match="is not a period") as error:
        parse_period(text, now=NOW)
    assert "Forms: Q3, 2026-Q3, FY26-Q1" in message(error)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-02-30", "2026-W54", "2026-W00"])
def test_what_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="in the calendar"):
        parse_period(text, now=NOW)


@pytest.mark.parametrize(
    "text", ["1969", "1969-12", "1969-12-31", "FY1969", "1969-W52", "0001-01-01", "9999", "99999w"]
)
def test_years_outside_1970_to_9999_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="outside the years 1970 to 9999"):
        parse_period(text, now=NOW)


def test_a_period_that_has_not_begun_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        parse_period("2027-Q1", now=NOW)
    assert message(error) == (
        "The period 2027-Q1 has not begun: it starts 2027-01-01 00:00:00 UTC. It is 2026-11-24 12:00:00 UTC now"
    )


def test_a_day_has_begun_with_its_first_instant() -> None:
    assert parse_period("today", now=utc(2026, 11, 24)).label == "2026-11-24"


@pytest.mark.parametrize("text", ["2026-10-01..2026-07-01", "2026-07-01..2026-07-01", "0h"])
def test_an_empty_or_reversed_period_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="empty or reversed"):
        parse_period(text, now=NOW)


@pytest.mark.parametrize("text", ["2026-07-01..", "..2026-07-01", "7d..2026-07-01", "2026-07-01...2026-07-02", "today"])
def test_a_range_has_two_written_ends(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_range(text)
    assert "Forms: 2026-07-01..2026-10-01" in message(error)


@pytest.mark.parametrize("start", [(0, 1), (13, 1), (2, 29), (1, 0)])
def test_a_fiscal_year_begins_on_a_day_of_every_month(start: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="day 1 to 28"):
        parse_period("Q1", now=NOW, fiscal_year_start=start)
