"""Writing small tables: records by column name, links, and who made and changed a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditctl.demo.timeline import stamp
from auditctl.demo.world import FOUNDED, Version

Record = Mapping[str, Any]


def insert(database: sqlite3.Connection, table: str, records: Iterable[Record]) -> None:
    """Insert records that all have the keys of the first one."""
    rows = list(records)
    names = ", ".join(f'"{name}"' for name in rows[0])
    marks = ", ".join(f":{name}" for name in rows[0])
    database.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def links(first: str, second: str, pairs: Iterable[tuple[int, int]]) -> Iterator[Record]:
    """Number the rows of a table that links two others."""
    for number, (left, right) in enumerate(pairs, 1):
        yield {"id": number, first: left, second: right}


def times(version: Version) -> dict[str, Any]:
    """Return the four columns that say who made and last changed a row, and when."""
    return {
        "created_on": stamp(version.created_at),
        "changed_on": stamp(version.changed_at),
        "created_by_fk": version.created_by,
        "changed_by_fk": version.changed_by,
    }


def founded(by: int) -> dict[str, Any]:
    """Return the same for something that was there before the history."""
    return times(Version(FOUNDED, by, FOUNDED, by))
