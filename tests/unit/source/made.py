"""How the tests of sources look at one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditctl.source.interface import Window
from auditctl.source.sqlite import SqliteSource
from auditctl.source.tables import table_specs

NOVEMBER = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
LOGS = table_specs()["logs"]
Open = Callable[..., SqliteSource]


def run(path: Path, *statements: str, parameters: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement, parameters)
        connection.commit()


def rows(source: SqliteSource, window: Window | None = NOVEMBER) -> list[dict[str, Any]]:
    return [row for batch in source.extract(LOGS, tuple(LOGS.columns), window) for row in batch.to_pylist()]


def ids(source: SqliteSource, window: Window | None = NOVEMBER) -> list[int]:
    return [row["id"] for row in rows(source, window)]
