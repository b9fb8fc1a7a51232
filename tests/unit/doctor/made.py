"""A metadata database made row by row, and what the doctor finds in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy.engine import URL

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Catalogue
from auditctl.doctor.examine import examine
from auditctl.doctor.model import CapabilityState, Examination, TableState
from auditctl.settings import Settings, Source
from auditctl.source.interface import Options
from auditctl.source.sqlite import SqliteSource

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Row = tuple[int, str | None, str | None, str | None]
"""id, action, time, payload."""


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


@dataclass(frozen=True, slots=True)
class Made:
    """A database file in a folder of its own."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "superset.sqlite"

    def log(self, rows: Iterable[Row]) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS logs (id INTEGER PRIMARY KEY, action VARCHAR(512), user_id INTEGER,"
                " json TEXT, dttm DATETIME, dashboard_id INTEGER, slice_id INTEGER, duration_ms INTEGER, referrer TEXT)"
            )
            connection.executemany("INSERT INTO logs (id, action, dttm, json) VALUES (?, ?, ?, ?)", rows)
            connection.commit()

    def open(self, zone: str | None = None) -> SqliteSource:
        return SqliteSource(URL.create("sqlite", database=str(self.path)), Options(zone=zone), self.folder)

    def examine(self, *, exact: bool = False, settings: Settings | None = None) -> Examination:
        settings = settings or Settings(now=NOW, source=Source())
        source = self.open(settings.source.server_zone)
        try:
            return examine(source, catalogue(), settings, exact=exact)
        finally:
            source.close()


def table(found: Examination, name: str = "logs") -> TableState:
    return next(state for state in found.tables if state.name == name)


def capability(found: Examination, name: str) -> CapabilityState:
    return next(state for state in found.capabilities if state.capability.name == name)


def codes(found: Examination) -> list[str]:
    return [finding.code for finding in found.findings]
