"""A demo that was made, with its database open to read and its truth."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auditctl.demo.generate import DemoFiles

UNTIL = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Demo:
    files: DemoFiles
    database: sqlite3.Connection
    truth: dict[str, Any]

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.database.execute(sql, values).fetchall()

    def column(self, sql: str, *values: object) -> list[Any]:
        return [row[0] for row in self.rows(sql, *values)]

    def fact(self, name: str) -> Any:
        return self.truth["facts"][name]


def ids(marked: list[dict[str, Any]]) -> list[int]:
    """Return the keys of a fact's rows."""
    return [row["id"] for row in marked]
