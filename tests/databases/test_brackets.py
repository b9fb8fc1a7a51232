"""Rows of a window are read where one grouped scan saw them: none is lost, and the log is not scanned a third time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Keys, Window
from tests.servers.databases import Loaded

from .opened import LOGS, NOVEMBER, OpenAt, rows

DAY = Window(datetime(2026, 11, 24, 1, 55, tzinfo=UTC), datetime(2026, 11, 24, 2, tzinfo=UTC))


def both(source: DatabaseSource, window: Window) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return the rows of a window read where the summary saw them, and read from everywhere."""
    summary = source.log_summary(window)
    found = rows(source, replace(window, keys=summary.keys))
    assert len(found) == summary.within.counted
    return found, rows(source, window)


def test_one_scan_counts_what_two_statements_count(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    for window in (NOVEMBER, DAY, Window(DAY.until, DAY.until), replace(DAY, until=DAY.since + timedelta(seconds=1))):
        summary = source.log_summary(window)
        assert summary.whole == source.count(LOGS, None)
        assert summary.within == source.count(LOGS, window)
        assert pa.compute.sum(summary.rows["rows"]).as_py() == summary.whole.counted == 205


def test_where_the_window_cuts_a_day_does_not_show(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    assert source.log_summary(DAY).rows == source.log_summary(NOVEMBER).rows


def test_a_window_without_rows_reads_none(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    empty = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC))
    assert source.log_summary(empty).keys == Keys(0, -1)
    assert both(source, empty) == ([], [])


def test_rows_out_of_order_are_found_however_far_they_are(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run(
        "UPDATE logs SET dttm = '2026-11-24 01\\:57\\:00' WHERE id IN (1, 206)",  # the first, and the last
        "UPDATE logs SET dttm = NULL WHERE id = 3",
        "UPDATE logs SET dttm = '2020-01-01' WHERE id = 100",
    )
    source = open_at(loaded.url())
    found, slow = both(source, DAY)
    assert found == slow
    assert {1, 3, 206} <= {row["id"] for row in found}
    assert 100 not in {row["id"] for row in found}
    assert source.log_summary(DAY).keys == Keys(1, 206)


def test_only_the_rows_between_the_keys_are_read(loaded: Loaded, open_at: OpenAt) -> None:
    found = rows(open_at(loaded.url()), replace(NOVEMBER, keys=Keys(50, 59)))
    assert [row["id"] for row in found] == list(range(50, 60))
    trusted = open_at(loaded.url()).log_summary(replace(NOVEMBER, keys=Keys(50, 59)))
    assert (trusted.whole.counted, trusted.within.counted) == (10, 10)


@pytest.fixture
def many(pg: Loaded) -> Loaded:
    """A log that is long enough for an index to be worth its while."""
    pg.run(
        "INSERT INTO logs (id, action, dttm) SELECT 1000 + i, 'x', timestamp '2026-10-01' + i * interval '1 second'"
        " FROM generate_series(1, 200000) AS i",
        "ANALYZE logs",
    )
    return pg


def test_the_keys_are_looked_up_and_not_scanned_for(many: Loaded, open_at: OpenAt) -> None:
    source = open_at(many.url())
    window = Window(datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 2, 1, tzinfo=UTC))
    keys = source.log_summary(window).keys
    assert keys == Keys(1000 + 86_400, 1000 + 86_400 + 3_599)
    plan = many.run(
        f"EXPLAIN {source.extraction(LOGS, ('id', 'dttm'), replace(window, keys=keys))}".replace(":", "\\:")
    )
    assert "Index Scan using logs_pkey" in plan[0][0]
    assert not [line for (line,) in plan if "Seq Scan" in line]
