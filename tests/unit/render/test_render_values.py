"""One value for people, and for machines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from auditctl.catalogue.model import Column, ColumnType
from auditctl.render.values import as_utc, exact_value, format_value, instant

NAIVE = datetime(2026, 7, 1, 9, 30, 5, 120000)  # noqa: DTZ001 (results are naive UTC)


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (None, ColumnType.TEXT, ""),
        (NAIVE, ColumnType.DATETIME, "2026-07-01 09:30:05"),
        (date(2024, 2, 29), ColumnType.DATE, "2024-02-29"),
        (True, ColumnType.BOOLEAN, "yes"),
        (False, ColumnType.BOOLEAN, "no"),
        (4310, ColumnType.INTEGER, "4310"),
        (1114, ColumnType.DURATION_MS, "1,114 ms"),
        (2 / 3, ColumnType.DECIMAL, "0.67"),
        ("yes", ColumnType.TEXT, "yes"),
    ],
)
def test_a_value_reads_as_its_type(value: object, type_: ColumnType, text: str) -> None:
    assert format_value(value, Column("c", "C", type_)) == text


def test_a_machine_gets_every_digit() -> None:
    assert exact_value(NAIVE) == "2026-07-01T09:30:05.120000Z"
    assert exact_value(2**63 - 1) == 9_223_372_036_854_775_807
    assert [exact_value(float(name)) for name in ("nan", "inf", "-inf")] == ["NaN", "Infinity", "-Infinity"]


def test_a_naive_time_is_utc_and_an_aware_one_is_converted() -> None:
    berlin_summer = timezone(timedelta(hours=2))
    assert as_utc(NAIVE) == NAIVE.replace(tzinfo=UTC)
    assert instant(datetime(2026, 7, 1, 2, tzinfo=berlin_summer)) == "2026-07-01T00:00:00.000000Z"
