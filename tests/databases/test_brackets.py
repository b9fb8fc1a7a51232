"""Rows of a window are read where one grouped scan saw them: none is lost, and the log is not scanned a third time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.period import Period
from auditctl.population import build
from auditctl.population.build import Needs, build_population
from auditctl.population.derive import Derived, derive
from auditctl.population.given import read_given
from auditctl.settings import Settings
from auditctl.source import summary
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Keys, Window
from auditctl.source.tables import table_specs
from tests.redaction import REDACTION
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


def test_beside_the_rows_between_the_keys_only_the_oldest_are_grouped(
    loaded: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "TRUST_MARGIN", 5)
    source = open_at(loaded.url())
    edge = source.edge(table_specs()["logs"], newest=False)
    assert edge is not None
    assert edge[0] == 1
    trusted = source.log_summary(replace(NOVEMBER, keys=Keys(50, 59)))
    assert trusted.whole.counted == 15


@pytest.fixture
def many(pg: Loaded) -> Loaded:
    """A log that is long enough for an index to be worth its while."""
    pg.run(
        "INSERT INTO logs (id, action, dttm) SELECT 1000 + i, 'UserLoggedIn', timestamp '2026-10-01'"
        " + i * interval '1 second' FROM generate_series(1, 200000) AS i",
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


def test_mariadb_looks_the_keys_up_too(maria: Loaded, open_at: OpenAt) -> None:
    maria.run(
        "INSERT INTO logs (id, action, dttm) SELECT 1000 + seq, 'x', '2026-10-01' + INTERVAL seq SECOND"
        " FROM seq_1_to_50000",
        "ANALYZE TABLE logs",
    )
    source = open_at(maria.url())
    window = Window(datetime(2026, 10, 1, 10, tzinfo=UTC), datetime(2026, 10, 1, 11, tzinfo=UTC))
    keys = source.log_summary(window).keys
    assert keys == Keys(1000 + 36_000, 1000 + 36_000 + 3_599)
    statement = source.extraction(LOGS, ("id", "dttm"), replace(window, keys=keys))
    ((plan,),) = maria.run(f"EXPLAIN FORMAT=JSON {statement}".replace(":", "\\:"))
    assert ('"access_type": "range"' in plan, '"key": "PRIMARY"' in plan, "filesort" in plan) == (True, True, False), (
        plan
    )


HOUR = Period("x", datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 2, 1, tzinfo=UTC), "UTC")


def read_of_logs(many: Loaded, open_at: OpenAt, folder: Path, needs: Needs) -> tuple[int, int]:
    """Return how many sequential scans of the log a run makes, and how many rows it reads, as the server counts."""

    def counted() -> tuple[int, int]:
        ended_by = time.monotonic() + 30  # a session tells what it did when it ends
        while many.run("SELECT 1 FROM pg_stat_activity WHERE application_name = 'auditctl'"):
            assert time.monotonic() < ended_by
            time.sleep(0.05)
        fields = "seq_scan, seq_tup_read + idx_tup_fetch"
        ((scans, rows),) = many.run(f"SELECT {fields} FROM pg_stat_user_tables WHERE relname = 'logs'")
        return int(scans), int(rows)

    before = counted()
    source = open_at(many.url())
    settings = Settings()
    given = read_given(settings)
    population = build_population(source, load_catalogue(), needs, HOUR, settings, given, REDACTION, folder)
    source.close()
    assert next(table.rows for table in population.tables if table.name == "logs") >= 3_600
    assert population.mismatches == ()
    after = counted()
    return after[0] - before[0], after[1] - before[1]


def test_the_database_is_let_go_before_anything_is_computed(
    pg: Loaded, open_at: OpenAt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[bool] = []

    def counted(*arguments: Any) -> Derived:
        until = time.monotonic() + 30
        while len(pg.run("SELECT 1 FROM pg_stat_activity WHERE application_name = 'auditctl'")):
            assert time.monotonic() < until, "a session is still there"
        computed.append(True)
        return derive(*arguments)

    monkeypatch.setattr(build, "derive", counted)
    needs = Needs.of([load_catalogue().queries["failed_logins"]])
    settings = Settings()
    source = open_at(pg.url())
    build_population(source, load_catalogue(), needs, HOUR, settings, read_given(settings), REDACTION, tmp_path)
    assert computed


def test_a_report_passes_over_the_log_once_and_then_reads_by_ids(many: Loaded, open_at: OpenAt, tmp_path: Path) -> None:
    catalogue = load_catalogue()
    tests = [test for control in catalogue.find_framework("soc2").controls for test in control.tests]
    scans, read = read_of_logs(many, open_at, tmp_path, Needs.of(catalogue.queries[test.query] for test in tests))
    assert scans <= 1
    # All of them once, and those of the hour and the two weeks before it, which the longest lookback asks for.
    assert 200_205 + 3_600 <= read < 200_205 + 90_000 + 1_000


def test_with_ids_trusted_only_rows_around_the_window_are_read(many: Loaded, open_at: OpenAt, tmp_path: Path) -> None:
    needs = replace(Needs.of([load_catalogue().queries["failed_logins"]]), trust_ids=True)
    scans, read = read_of_logs(many, open_at, tmp_path, needs)
    # The oldest 10,000; the hour with a quarter before it, and 10,000 rows to both sides; the hour again to extract it.
    assert scans == 0
    assert 30_000 < read < 30_000 + 2 * 4_500 + 1_000
