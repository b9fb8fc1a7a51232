"""Streams rows of `logs` and `query` into the database, a day at a time, with ids in the order of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Any

from auditctl.demo.rows import Day, LogRow, QueryRow
from auditctl.demo.sql_lab import QUERY_COLUMNS
from auditctl.demo.timeline import HOUR, SECOND, stamp
from auditctl.demo.truth import Truth

_LOG_COLUMNS = ("id", "action", "user_id", "json", "dttm", "dashboard_id", "slice_id", "duration_ms", "referrer")
_instant = itemgetter(0)


def _insertion(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'


_LOGS = _insertion("logs", _LOG_COLUMNS)
_QUERY = _insertion("query", ("id", *QUERY_COLUMNS))


def create(path: Path) -> sqlite3.Connection:
    """Create the database with its tables, without indexes; nobody reads it before it has its final name."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -32768"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN")
    tables, _ = _schema()
    for statement in tables:
        database.execute(statement)
    return database


def finish(database: sqlite3.Connection) -> None:
    """Build the indexes and close."""
    _, indexes = _schema()
    for statement in indexes:
        database.execute(statement)
    database.execute("COMMIT")
    database.close()


def _schema() -> tuple[list[str], list[str]]:
    """Return the statements that make tables, and those that make indexes."""
    text = (files("auditctl.demo") / "schema.sql").read_text(encoding="utf-8")
    code = "\n".join(line for line in text.split("\n") if not line.startswith("--"))
    statements = [statement.strip() for statement in code.split(";\n") if statement.strip()]
    tables = [statement for statement in statements if statement.startswith("CREATE TABLE")]
    return tables, statements[len(tables) :]


class LogWriter:
    """Gives ids and inserts. A row after its day's end waits for the next day, so ids always ascend with time."""

    def __init__(self, database: sqlite3.Connection, truth: Truth, until: int) -> None:
        self._database = database
        self._truth = truth
        self._until = until
        self._waiting: list[LogRow] = []
        self.logs = 0
        self.queries = 0

    def write(self, day: Day) -> None:
        """Insert what a day holds."""
        rows = self._waiting + day.rows
        rows.sort(key=_instant)
        cut = len(rows)
        while cut and rows[cut - 1][0] >= day.ends:
            cut -= 1
        self._waiting = rows[cut:] if day.ends < self._until else []
        del rows[cut:]
        self._count(rows, day)
        self._database.executemany(_LOGS, self._log_records(rows))
        day.queries.sort(key=_instant)
        self._database.executemany(_QUERY, self._query_records(day.queries))

    def _count(self, rows: list[LogRow], day: Day) -> None:
        self._truth.actions.update(map(itemgetter(1), rows))
        since, until = self._truth.timeline.quarter
        if since <= day.begins < until:
            self._truth.chart_requests += sum(row[1] == "ChartDataRestApi.data" for row in rows)

    def _log_records(self, rows: list[LogRow]) -> Iterator[tuple[Any, ...]]:
        number = self.logs
        hours: dict[int, str] = {}  # one text per hour: formatting every date would cost more than the insert
        for instant, action, user, text, board, chart, ms, referrer, mark in rows:
            number += 1
            if mark is not None:
                mark.append((number, instant))
            hour, rest = divmod(instant, HOUR)
            prefix = hours.get(hour)
            if prefix is None:
                prefix = hours[hour] = stamp(hour * HOUR)[:14]
            second, fraction = divmod(rest, SECOND)
            dttm = f"{prefix}{second // 60:02}:{second % 60:02}.{fraction:06}"
            yield number, action, user, text, dttm, board, chart, ms, referrer
        self.logs = number

    def _query_records(self, rows: list[QueryRow]) -> Iterator[tuple[Any, ...]]:
        for started, columns, mark in rows:
            self.queries += 1
            if mark is not None:
                mark.append((self.queries, started))
            yield self.queries, *columns
