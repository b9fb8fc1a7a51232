"""A Superset's database with an empty log, to be filled row by row, and what is made of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.engine import URL

from auditctl.catalogue.model import Catalogue
from auditctl.period import Period
from auditctl.population.build import Needs, build_population
from auditctl.population.given import read_given
from auditctl.population.model import Population
from auditctl.settings import Settings, Source
from auditctl.source.interface import Options
from auditctl.source.sqlite import SqliteSource
from tests.redaction import REDACTION

FIXTURE = Path(__file__).parents[2] / "data" / "superset-6.1-metadata.sqlite"
NOW = datetime(2026, 12, 24, tzinfo=UTC)
YEAR = Period("2026", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "UTC")
SETTINGS = Settings(now=NOW, source=Source(server_zone="UTC"))
ADMIN, ALICE, BOB, CAROL = 1, 2, 3, 4


@dataclass(slots=True)
class Superset:
    """The fixture's accounts and objects; nothing was ever logged, and no statement run."""

    folder: Path
    catalogue: Catalogue
    path: Path = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.folder / "superset.sqlite"
        self.path.write_bytes(FIXTURE.read_bytes())
        self.sql("DELETE FROM logs", "DELETE FROM query")

    def sql(self, *statements: str) -> None:
        """Change the database."""
        with closing(sqlite3.connect(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def log(
        self, action: str | None, at: str | None, payload: Mapping[str, Any] | str | None = None, **columns: object
    ) -> int:
        """Write one row of the log and return its id; `at` is UTC."""
        text = payload if payload is None or isinstance(payload, str) else json.dumps(payload)
        row = {"action": action, "dttm": at, "json": text, "user_id": ALICE, "duration_ms": 10, **columns}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with closing(sqlite3.connect(self.path)) as connection:
            cursor = connection.execute(f"INSERT INTO logs ({names}) VALUES ({marks})", tuple(row.values()))
            connection.commit()
        return cursor.lastrowid or 0

    def build(
        self,
        *reads: str,
        settings: Settings = SETTINGS,
        period: Period = YEAR,
        lookback_days: int = 0,
        requires: tuple[str, ...] = (),
    ) -> Built:
        """Compute `events`, or the relations named, and what they are made from."""
        workspace = self.folder / "workspace"
        workspace.mkdir(mode=0o700)
        url = URL.create("sqlite", database=str(self.path))
        source = SqliteSource(url, Options(zone=settings.source.server_zone), workspace)
        needs = Needs(frozenset(reads or ("events",)), frozenset(requires), timedelta(days=lookback_days))
        try:
            population = build_population(
                source, self.catalogue, needs, period, settings, read_given(settings), REDACTION, workspace
            )
        finally:
            source.close()
        return Built(population)


@dataclass(frozen=True, slots=True)
class Built:
    """A population, to be asked."""

    population: Population

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what `sql` over its relations finds."""
        with closing(duckdb.connect()) as connection:
            for name in self.population.relations:
                path = str(self.population.path(name)).replace("'", "''")
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
            return connection.execute(sql).fetchall()

    def column(self, sql: str) -> list[Any]:
        """Return the one column that `sql` finds."""
        return [value for (value,) in self.rows(sql)]
