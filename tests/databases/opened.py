"""How the tests of servers look at a source, and at the same rows in SQLite."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy.engine import URL

from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Issued, Keys, LogSummary, SourceFacts, Span, Window
from auditctl.source.tables import TableSpec, table_specs
from auditctl.source.url import choose_url
from tests.servers.databases import Loaded

FIXTURE = Path(__file__).parents[1] / "data" / "superset-6.1-metadata.sqlite"
"""Written by a real Superset 6.1.0 on 2026-11-24, 01:52 to 02:03 UTC."""
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOVEMBER = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
LOGS = table_specs()["logs"]
OpenAt = Callable[..., DatabaseSource]


class At:
    """A source whose clock stands at NOW, so that no expected value depends on the day of the test."""

    def __init__(self, source: DatabaseSource) -> None:
        self._source = source

    @property
    def facts(self) -> SourceFacts:
        facts = self._source.facts
        return replace(facts, read_point=replace(facts.read_point, taken_at=NOW))

    def extract(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> Iterator[pa.RecordBatch]:
        return self._source.extract(table, columns, window)

    def count(self, table: TableSpec, window: Window | None) -> Issued:
        return self._source.count(table, window)

    def extraction(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> str:
        return self._source.extraction(table, columns, window)

    def trusted_keys(self, window: Window) -> Keys:
        return self._source.trusted_keys(window)

    def log_summary(self, window: Window) -> LogSummary:
        return self._source.log_summary(window)

    def span(self, table: TableSpec) -> Span | None:
        return self._source.span(table)

    def fetch(self, table: TableSpec, key: int) -> pa.RecordBatch | None:
        return self._source.fetch(table, key)

    def close(self) -> None:
        self._source.close()


def as_given(url: URL) -> URL:
    """Return a URL as the command line makes it of what a user gives."""
    return choose_url(argument=None, url_file=None, configured=url.render_as_string(hide_password=False))


def sqlite_copy(folder: Path, database: Path, loaded: Loaded, *, whole_seconds: bool) -> Path:
    """Copy a SQLite database without the rows that the server could not take; as MariaDB keeps times, if asked."""
    path = folder / f"copy-{loaded.server.kind}.sqlite"
    shutil.copyfile(database, path)
    with closing(sqlite3.connect(path)) as connection:
        for row in loaded.left_out:
            connection.execute(f'DELETE FROM "{row.table}" WHERE id = ?', (row.id,))
        if whole_seconds:
            for table, column in _time_columns(connection):
                connection.execute(f'UPDATE "{table}" SET "{column}" = substr("{column}", 1, 19)')
        connection.commit()
    return path


def _time_columns(connection: sqlite3.Connection) -> Iterable[tuple[str, str]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for _, column, declared, *_ in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
            if declared == "DATETIME":
                yield table, column


def rows(source: DatabaseSource, window: Window | None = NOVEMBER, table: TableSpec = LOGS) -> list[dict[str, Any]]:
    return [row for batch in source.extract(table, tuple(table.columns), window) for row in batch.to_pylist()]


def checksums(loaded: Loaded) -> dict[str, object]:
    """Return what the server itself makes of the rows of every table."""
    sums: dict[str, object] = {}
    for name in table_specs():
        if loaded.server.kind == "mariadb":
            sums[name] = loaded.run(f"CHECKSUM TABLE `{name}`")[0][1]
        else:
            sql = f"SELECT count(*), md5(string_agg(t\\:\\:text, E'\\n' ORDER BY t\\:\\:text)) FROM {name} t"
            sums[name] = loaded.run(sql)[0]
    return sums
