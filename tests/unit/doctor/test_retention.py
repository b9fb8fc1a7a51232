"""How far back a log reaches is a date, never a verdict on compliance."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from auditctl.doctor.model import Months, Retention
from auditctl.doctor.retention import read_retention

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def pci(retention: Retention) -> tuple[bool | None, str]:
    reading = retention.readings[0]
    assert reading.requirement == "PCI DSS 10.5.1"
    return reading.short, reading.sentence


@pytest.mark.parametrize(
    ("since", "short", "said"),
    [
        (
            datetime(2025, 11, 24, 12, tzinfo=UTC),
            False,
            "The first row is of 2025-11-24: that is 12 months ago or more.",
        ),
        (datetime(2025, 11, 24, 12, 0, 1, tzinfo=UTC), True, ": 12 months are not here."),
        (datetime(2026, 8, 24, 12, tzinfo=UTC), True, ": 12 months are not here."),
        (datetime(2026, 8, 24, 12, 0, 1, tzinfo=UTC), True, ": not even the latest 3 months are here."),
    ],
)
def test_pci_asks_for_12_months_and_the_latest_3(since: datetime, short: bool, said: str) -> None:
    found, sentence = pci(read_retention(since, NOW, None))
    assert found is short
    assert said in sentence


def test_a_year_before_a_leap_day_is_the_last_of_february() -> None:
    leap_day = datetime(2028, 2, 29, tzinfo=UTC)
    assert pci(read_retention(datetime(2027, 2, 28, tzinfo=UTC), leap_day, None))[0] is False
    assert pci(read_retention(datetime(2027, 3, 1, tzinfo=UTC), leap_day, None))[0] is True


def test_without_in_service_since_new_and_pruned_cannot_be_told_apart() -> None:
    retention = read_retention(datetime(2026, 10, 1, tzinfo=UTC), NOW, None)
    assert "cannot be told without in_service_since" in retention.before


def test_a_log_as_old_as_its_superset_is_not_short() -> None:
    retention = read_retention(datetime(2026, 10, 1, 9, tzinfo=UTC), NOW, date(2026, 10, 1))
    assert pci(retention)[0] is False
    assert "The first row is of 2026-10-01: 12 months of Superset are not over yet." in pci(retention)[1]
    assert retention.before == "The first row is no later than 2026-10-01, when Superset went into service."


def test_what_is_missing_since_superset_went_into_service_is_said() -> None:
    retention = read_retention(datetime(2026, 10, 1, 9, tzinfo=UTC), NOW, date(2026, 9, 30))
    assert pci(retention)[0] is True
    assert "between 2026-09-30, when Superset went into service, and 2026-10-01 were removed" in retention.before


def month(year: int, number: int) -> date:
    return date(year, number, 1)


LOOKED_AT = (month(2025, 11), month(2025, 12), *(month(2026, number) for number in range(1, 11)))


@pytest.mark.parametrize(
    ("months", "short", "said"),
    [
        (Months(LOOKED_AT, (), ()), False, "There are rows in each month that is over: 2025-11 to 2026-10."),
        (Months(LOOKED_AT, LOOKED_AT[1:3], ()), True, "There is no row at all in 2025-12 to 2026-01."),
        (Months(LOOKED_AT, LOOKED_AT[::2], ()), True, "in 2025-11, 2026-01, 2026-03, 2026-05, 2026-07, 2026-09."),
        (Months(LOOKED_AT, (), LOOKED_AT[11:]), True, "nothing but heartbeats of the recorder in 2026-10."),
    ],
)
def test_a_month_without_a_row_was_not_kept(months: Months, short: bool, said: str) -> None:
    found, sentence = pci(read_retention(datetime(2025, 1, 1, tzinfo=UTC), NOW, None, months))
    assert found is short
    assert said in sentence
    assert "A month with rows may still lack some: this does not show it." in sentence


def test_a_log_as_old_as_its_superset_is_short_where_a_month_has_no_row() -> None:
    months = Months(LOOKED_AT[9:], LOOKED_AT[10:11], ())
    found, sentence = pci(read_retention(datetime(2026, 8, 1, tzinfo=UTC), NOW, date(2026, 8, 1), months))
    assert found is True
    assert "There is no row at all in 2026-09." in sentence


def test_hipaa_and_soc_2_get_no_answer() -> None:
    retention = read_retention(datetime(2020, 1, 1, tzinfo=UTC), NOW, None)
    assert [reading.short for reading in retention.readings[1:]] == [None, None]
    assert "not settled" in retention.readings[1].sentence
    assert "The first row is of 2020-01-01: what lies before" in retention.readings[2].sentence
    assert "compliant" not in str(retention)


def test_an_empty_log_has_no_reading() -> None:
    assert read_retention(None, NOW, date(2026, 1, 1)).readings == ()
