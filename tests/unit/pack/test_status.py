"""A pack is FINAL only when every clock that counts is past its period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditctl.pack.identity import find_status
from auditctl.period import Period
from auditctl.population.model import Population
from auditctl.source.interface import ReadPoint, Role, SourceFacts

QUARTER = Period("2026-Q3", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), "UTC")
SETTLED = datetime(2026, 10, 1, 1, tzinfo=UTC)
BEFORE = SETTLED - timedelta(seconds=1)


def population(*, now: datetime, read_point: ReadPoint) -> Population:
    source = SourceFacts("s", "main", "postgresql", "15", "6.1.0", "superset", read_point, {}, Role("a", ()), 0.0, None)
    return Population(Path(), QUARTER, QUARTER.since, (source,), (), {}, {}, {}, (), {}, now, now_is_set=False)


@pytest.mark.parametrize(
    ("now", "clock", "read_at", "status"),
    [
        (SETTLED, SETTLED, SETTLED, "FINAL"),
        (BEFORE, SETTLED, SETTLED, "INTERIM"),
        (SETTLED, BEFORE, SETTLED, "INTERIM"),
        (SETTLED, SETTLED, BEFORE, "INTERIM"),
    ],
)
def test_the_present_the_real_clock_and_the_sources_must_be_past_the_end(
    now: datetime, clock: datetime, read_at: datetime, status: str
) -> None:
    read = population(now=now, read_point=ReadPoint("postgresql", "lsn:0/1", read_at))
    assert find_status(read, [], timedelta(hours=1), clock)[0] == status


def test_a_transaction_that_may_still_add_rows_to_the_period_holds_it_open() -> None:
    for began, status in ((QUARTER.until - timedelta(seconds=1), "INTERIM"), (QUARTER.until, "FINAL")):
        point = ReadPoint("postgresql", "lsn:0/1", SETTLED, writing_since=began)
        read = population(now=SETTLED, read_point=point)
        assert find_status(read, [], timedelta(hours=1), SETTLED)[0] == status


def test_a_standby_that_has_not_come_so_far_says_how_far_it_is() -> None:
    point = ReadPoint("postgresql-standby", "lsn:0/1", BEFORE, standby=True, lag=3600.0)
    status, reasons = find_status(population(now=SETTLED, read_point=point), [], timedelta(hours=1), SETTLED)
    assert (status, reasons) == (
        "INTERIM",
        ("the standby that was read has come up to 2026-10-01 00:59 UTC, before the period was over and settled",),
    )
