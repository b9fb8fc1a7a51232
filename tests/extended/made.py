"""Databases with a log as guides and custom loggers write it, made by hand, and what auditctl answers on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
from sqlalchemy.engine import URL

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Catalogue
from auditctl.period import Period
from auditctl.population.asked import asked_scope
from auditctl.population.build import Needs, build_population
from auditctl.population.given import GivenFiles
from auditctl.population.model import Capability, Population
from auditctl.run.evidence import Evidence
from auditctl.run.execute import parameter_values, runner
from auditctl.settings import Settings
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.databases.opened import as_given
from tests.redaction import REDACTION

NOW = datetime(2026, 9, 30, 12, tzinfo=UTC)
SEPTEMBER = Period("2026-09", datetime(2026, 9, 1, tzinfo=UTC), NOW, "UTC")
GUIDE = {
    "id": "INTEGER PRIMARY KEY",
    "action": "VARCHAR(512)",
    "user_id": "INTEGER",
    "username": "VARCHAR(64)",
    "slice_id": "INTEGER",
    "dashboard_id": "INTEGER",
    "query_context": "TEXT",
    "database_id": "INTEGER",
    "database_name": "VARCHAR(250)",
    "schema": "VARCHAR(250)",
    "sql_text": "TEXT",
    "execution_time_ms": "FLOAT",
    "rows": "INTEGER",
    "has_error": "BOOLEAN",
    "error_text": "TEXT",
    "referrer": "VARCHAR(1024)",
    "request_duration": "FLOAT",
    "timestamp": "DATETIME",
    "dttm": "DATETIME",
}
"""The columns that guides name."""
RECORDER = GUIDE | dict.fromkeys(
    (
        *("event_id", "event_outcome", "attempted_username", "source_ip", "user_agent", "request_id"),
        *("object_type", "object_id", "object_name", "writer_id", "prev_hash", "row_hash"),
    ),
    "VARCHAR(250)",
)
"""Those of a recorder."""
CONTEXT = '{"datasource": {"id": 3, "type": "table"}, "queries": [{"filters": []}]}'
STATEMENT = "SELECT name FROM patients WHERE ssn = '123-45-6789'"

Row = Mapping[str, object]

STORY: tuple[Row, ...] = (
    {"id": 1, "action": "login", "username": "alice", "user_id": 1, "has_error": 0, "dttm": "2026-09-10 09:00:00"},
    {
        **{"id": 2, "action": "login", "username": "mallory", "has_error": 1, "dttm": "2026-09-29 22:00:00"},
        "error_text": "Invalid password",
    },
    {"id": 3, "action": "Login", "username": "bob", "user_id": 2, "has_error": 1, "dttm": "2026-09-30 08:00:00"},
    {
        **{"id": 4, "action": "view_dashboard", "username": "alice", "user_id": 1, "has_error": 0},
        **{"dashboard_id": 5, "query_context": CONTEXT, "request_duration": 80.0, "dttm": "2026-09-30 08:10:00"},
    },
    {
        **{"id": 5, "action": "execute_sql", "username": "alice", "user_id": 1, "has_error": 0},
        **{"database_id": 2, "database_name": "clinical", "schema": "main", "sql_text": STATEMENT},
        **{"rows": 42, "execution_time_ms": 120.6, "dttm": "2026-09-30 08:20:00"},
    },
    {
        **{"id": 6, "action": "execute_sql", "username": "bob", "user_id": 2, "has_error": 1},
        **{"database_id": 2, "database_name": "clinical", "sql_text": "SELECT ssn FROM payroll"},
        **{"error_text": "no such table: 'payroll'", "dttm": "2026-09-30 08:30:00"},
    },
    {
        **{"id": 7, "action": "edit_chart", "username": "bob", "user_id": 2, "has_error": 0, "slice_id": 7},
        "dttm": "2026-09-30 08:40:00",
    },
    {
        **{"id": 8, "action": "edit_dashboard", "username": "alice", "user_id": 1, "has_error": 0, "dashboard_id": 5},
        "dttm": "2026-09-30 08:50:00",
    },
    {
        **{"id": 9, "action": "delete_dashboard", "username": "bob", "user_id": 2, "has_error": 0, "dashboard_id": 6},
        "dttm": "2026-09-30 09:00:00",
    },
    {
        **{"id": 10, "action": "export_data", "username": "bob", "user_id": 2, "has_error": 0, "slice_id": 7},
        "dttm": "2026-09-30 09:10:00",
    },
    {
        **{"id": 11, "action": "update_user_permissions", "username": "carol", "user_id": 3, "has_error": 0},
        "dttm": "2026-09-30 09:20:00",
    },
    {"id": 12, "action": "logout", "username": "alice", "user_id": 1, "has_error": 0, "dttm": "2026-09-30 09:30:00"},
)
"""A day of four people: each classic act once, two failed sign-ins within a day of NOW, one good one long before."""


def write(path: Path, rows: Sequence[Row], columns: Mapping[str, str] = GUIDE, *statements: str) -> Path:
    """Write a database whose `logs` has these columns, and of the rows what fits into them."""
    definition = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE logs ({definition})")
        for statement in statements:
            connection.execute(statement)
        add(connection, [{name: value for name, value in row.items() if name in columns} for row in rows])
        connection.commit()
    return path


def add(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write rows into `logs`."""
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO logs ({names}) VALUES ({marks})", tuple(row.values()))


def only(*names: str) -> dict[str, str]:
    """Return these of the columns that guides name."""
    return {name: GUIDE[name] for name in names}


@dataclass(frozen=True, slots=True)
class Answers:
    """A population of every relation, to be asked."""

    population: Population
    catalogue: Catalogue
    settings: Settings

    def evidence(self, query: str, **parameters: str) -> Evidence:
        """Run a query over September."""
        found = self.catalogue.queries[query]
        with runner(self.population, self.catalogue, self.settings.limits) as run:
            return run.run(found, parameter_values(found, {}, parameters))

    def rows(self, query: str, *columns: str, **parameters: str) -> list[tuple[Any, ...]]:
        """Return these columns of a query's rows."""
        batches = self.evidence(query, **parameters).all_rows().batches()
        return [tuple(row[name] for name in columns) for batch in batches for row in batch.to_pylist()]

    def unmet(self, query: str) -> dict[str, str]:
        """Return what a query requires and the source does not hold, each with the reason."""
        return {unmet.capability: self.capability(unmet.capability).reason for unmet in self.evidence(query).unmet}

    def capability(self, name: str) -> Capability:
        return self.population.capabilities[name]

    def derived(self, relation: str, sql: str) -> list[tuple[Any, ...]]:
        """Return what `sql` over a relation finds."""
        with closing(duckdb.connect()) as connection:
            path = self.population.path(relation)
            connection.execute(f"CREATE VIEW {relation} AS SELECT * FROM read_parquet('{path}')")
            return connection.execute(sql).fetchall()

    def every(self, database: str) -> dict[str, list[dict[str, Any]]]:
        """Return all rows of every query, of `statements_by_database` for this one, but of those about one table."""
        found = {}
        with runner(self.population, self.catalogue, self.settings.limits) as run:
            for name, query in self.catalogue.queries.items():
                if any(parameter.scope_list for parameter in query.parameters):
                    continue
                given = {"database": database} if name == "statements_by_database" else {}
                batches = run.run(query, parameter_values(query, {}, given)).all_rows().batches()
                found[name] = [row for batch in batches for row in batch.to_pylist()]
        return found

    def since(self, name: str) -> str | None:
        """Return since when something is held."""
        first = self.capability(name).first_held
        return f"{first:%m-%d %H:%M}" if first else None


def answer(
    database: Path,
    period: Period = SEPTEMBER,
    settings: Settings | None = None,
    extra: Path | None = None,
    now: datetime = NOW,
) -> Answers:
    """Read a SQLite file with all that any query reads."""
    return answer_at(URL.create("sqlite", database=str(database)), database.parent, period, settings, extra, now)


def answer_at(
    url: URL,
    folder: Path,
    period: Period = SEPTEMBER,
    settings: Settings | None = None,
    extra: Path | None = None,
    now: datetime = NOW,
    table: str | None = None,
    audit: URL | None = None,
) -> Answers:
    """Read a database likewise; `folder` is for what is made of it, `table` for the queries about one table.

    `audit` is the recorder's own database beside it.
    """
    workspace = Path(mkdtemp(dir=folder))
    settings = replace(settings or Settings(), now=now)
    catalogue = load_catalogue(extra)
    asked = asked_scope(catalogue.queries["data_access"], {"table": table}) if table else None
    needs = replace(Needs.of(catalogue.queries.values()), asked=asked)
    source = open_source(as_given(url), Options(), workspace)
    beside = open_source(as_given(audit), Options("audit"), workspace) if audit is not None else None
    try:
        population = build_population(
            source, catalogue, needs, period, settings, GivenFiles(), REDACTION, workspace, audit=beside
        )
    finally:
        for one in (source, beside):
            if one is not None:
                one.close()
    return Answers(population, catalogue, settings)
