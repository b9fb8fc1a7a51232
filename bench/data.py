"""The databases that are measured: the demo of auditctl, its log repeated until it is long enough.

Every row of the demo's log is there several times over, in the order of its ids, some microseconds apart.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers.load import load
from tests.servers.server import Server

CACHE: Final = Path(__file__).with_name(".cache")
UNTIL: Final = "2026-11-24T00:00:00Z"
_EVENTS: Final = 26_000
_BASE: Final = 45_000
"""Rows of the log that a demo with so many events has, about."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of the log in thousands, how many statements are redacted, how often commands run and pages are drawn."""

    large: int
    small: int
    sqlite: int
    statements: int = 100_000
    rounds: int = 5
    drawings: int = 3


SIZES: Final = {
    "quick": Sizes(450, 45, 200, 10_000, 3, 1),
    "default": Sizes(4_500, 450, 2_000),
    "full": Sizes(18_000, 450, 2_000),
}


def demo() -> Path:
    """Return the folder of the demo, made on first use."""
    folder = CACHE / f"demo-{_EVENTS}"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "auditctl", "demo", str(folder), "--events", str(_EVENTS), "--until", UNTIL]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def long_sqlite(thousands: int) -> Path:
    """Return a SQLite file whose log has about so many rows, made on first use."""
    path = CACHE / f"metadata-{thousands}.sqlite"
    if not path.exists():
        made = path.with_suffix(".part")
        shutil.copyfile(demo() / "metadata.sqlite", made)
        with closing(sqlite3.connect(made)) as connection:
            columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(logs)") if name != "id"]
            names = ", ".join(f'"{name}"' for name in columns)
            times = _times(thousands)
            connection.execute("ALTER TABLE logs RENAME TO short")
            (made_by,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'short'").fetchone()
            connection.execute(made_by.replace("short", "logs", 1))
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times})"
                f" INSERT INTO logs (id, {names}) SELECT (id - 1) * {times} + i, {names} FROM short, n ORDER BY 1"
            )
            connection.execute("DROP TABLE short")
            connection.commit()
            connection.execute("VACUUM")
        made.rename(path)
    return path


def fill_postgresql(server: Server, database: str, thousands: int) -> None:
    """Make a database whose log has about so many rows; none where `thousands` is 0."""
    server.create_database(database)
    load(demo() / "metadata.sqlite", server, database)
    columns = [
        name
        for (name,) in server.run(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'logs' ORDER BY ordinal_position",
            database=database,
        )
    ]
    times = _times(thousands)
    shown = {
        "id": f"(id - 1) * {times} + i",
        "dttm": "dttm + i * interval '1 microsecond'",
    }
    values = ", ".join(shown.get(name, f'"{name}"') for name in columns)
    server.run(
        "CREATE TABLE short AS SELECT * FROM logs",
        "TRUNCATE logs",
        f"INSERT INTO logs SELECT {values} FROM short, generate_series(1, {times}) AS i ORDER BY id, i",
        "DROP TABLE short",
        "VACUUM ANALYZE",
        database=database,
    )


def _times(thousands: int) -> int:
    return round(thousands * 1000 / _BASE)
