"""How far back a log reaches is a date, never a verdict on compliance."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from auditctl.doctor.model import Retention
from auditctl.doctor.retention import read_retention

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def pci(retention: Retention) -> tuple[bool | None, str]:
    reading = retention.readings[0]
    assert reading.requirement == "PCI DSS 10.5.1"
    return reading.short, reading.sentence


@pytest.mark.parametrize(
    ("since", "short", "said"),
    [
        (datetime(2025, 11, 24, 12, tzinfo=UTC), False, "12 months are here, and so are the latest 3"),
        (datetime(2025, 11, 24, 12, 0, 1, tzinfo=UTC), True, "The latest 3 months are here, 12 months are not"),
        (datetime(2026, 8, 24, 12, tzinfo=UTC), True, "The latest 3 months are here, 12 months are not"),
        (datetime(2026, 8, 24, 12, 0, 1, tzinfo=UTC), True, "Not even the latest 3 months are here"),
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
    assert "12 months are not over yet" in pci(retention)[1]
    assert retention.before == "The log reaches back to 2026-10-01, when Superset went into service."


def test_what_is_missing_since_superset_went_into_service_is_said() -> None:
    retention = read_retention(datetime(2026, 10, 1, 9, tzinfo=UTC), NOW, date(2026, 9, 30))
    assert pci(retention)[0] is True
    assert "between 2026-09-30, when Superset went into service, and 2026-10-01 were removed" in retention.before


def test_hipaa_and_soc_2_get_no_answer() -> None:
    retention = read_retention(datetime(2020, 1, 1, tzinfo=UTC), NOW, None)
    assert [reading.short for reading in retention.readings[1:]] == [None, None]
    assert "not settled" in retention.readings[1].sentence
    assert "after 2020-01-01" in retention.readings[2].sentence
    assert "compliant" not in str(retention)


def test_an_empty_log_has_no_reading() -> None:
    assert read_retention(None, NOW, date(2026, 1, 1)).readings == ()
