"""A small metadata database, and a way to open it that closes it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.source.interface import Options
from auditctl.source.sqlite import SqliteSource

from .made import Open


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def opened(workspace: Path) -> Iterator[Open]:
    sources: list[SqliteSource] = []

    def open_source(path: Path, *, copy: bool = False) -> SqliteSource:
        url = URL.create("sqlite", database=str(path))
        source = SqliteSource(url, Options(copy=copy), workspace)
        sources.append(source)
        return source

    yield open_source
    for source in sources:
        source.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A log of four rows: October, November twice, December."""
    folder = tmp_path / "superset"
    folder.mkdir()
    path = folder / "metadata.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE logs (id INTEGER PRIMARY KEY, action VARCHAR(512), user_id INTEGER, json TEXT, dttm DATETIME,
                dashboard_id INTEGER, slice_id INTEGER, duration_ms INTEGER, referrer VARCHAR(1024));
            CREATE INDEX ix_logs_user_id_dttm ON logs (user_id, dttm);
            CREATE TABLE query (id INTEGER PRIMARY KEY, client_id VARCHAR(11), sql TEXT, start_time NUMERIC(20, 6));
            INSERT INTO logs (id, action, user_id, dttm) VALUES
                (1, 'welcome', 1, '2026-10-31 23:59:59.999999'),
                (2, 'welcome', 1, '2026-11-01 00:00:00.000000'),
                (3, 'welcome', NULL, '2026-11-30 23:59:59.999999'),
                (4, 'welcome', 1, '2026-12-01 00:00:00.000000');
            """
        )
    return path
