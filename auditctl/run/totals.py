"""Control totals: numbers by which somebody who gets the same rows in another way can tell that they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from auditctl.catalogue.model import Column, ColumnType
from auditctl.population.engine import quoted

_PERSON = "username"
_REFERENCE = "source_ref"
_PLAIN = f"regexp_extract({_REFERENCE}, '^((?:[a-z0-9-]+/)?[a-z_]+):(?:[0-9]+-)?([0-9]+)$', "
_TABLE = f"coalesce(nullif({_PLAIN} 1), ''), 'others')"
_KEY = f"TRY_CAST({_PLAIN} 2) AS BIGINT)"


@dataclass(frozen=True, slots=True)
class References:
    """Those rows of a result that name rows of one table of the source."""

    table: str
    """With the source's alias where there are several; `others` for references of another form."""
    rows: int
    lowest: int | None
    """The lowest key; of an act that is several rows the last one counts."""
    highest: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The control totals of one result."""

    counted: int
    """`count(*)` of the query, asked of the engine apart from its rows."""
    references: tuple[References, ...]
    """By table; empty where the rows do not name rows of the source."""
    time: Column | None
    """The column that the times are of; None where there is none."""
    first_at: datetime | None
    """Naive UTC, as in the rows."""
    last_at: datetime | None
    days: Mapping[date, int]
    """UTC day -> rows; a day without rows is left out."""
    people: int | None
    """Different user names; None where the rows name nobody."""


def control_totals(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, object],
    columns: Sequence[Column],
    path: Path,
) -> Totals:
    """Return the totals of what the query `sql` returned: its rows lie in the Parquet file `path`.

    Raises:
        duckdb.Error: the engine refused or failed.
    """
    stored = f"read_parquet({quoted(str(path))})"
    names = {column.name for column in columns}
    times = [column for column in columns if column.type is ColumnType.DATETIME]
    time = next((column for column in times if column.name == "occurred_at"), times[0] if times else None)

    def rows(question: str) -> list[tuple[Any, ...]]:
        return connection.execute(question).fetchall()

    ((counted,),) = connection.execute(f"SELECT count(*) FROM (\n{sql}\n)", dict(parameters)).fetchall()
    references: list[tuple[Any, ...]] = []
    if _REFERENCE in names:
        row = f"SELECT {_TABLE}, {_KEY} FROM {stored} WHERE {_REFERENCE} IS NOT NULL"
        references = rows(f"SELECT t, count(*), min(k), max(k) FROM ({row}) AS r (t, k) GROUP BY ALL ORDER BY ALL")
    first = last = None
    days: dict[date, int] = {}
    if time is not None:
        at = f'"{time.name}"'
        ((first, last),) = rows(f"SELECT min({at}), max({at}) FROM {stored}")
        day = f"SELECT CAST({at} AS DATE) FROM {stored} WHERE {at} IS NOT NULL"
        days = dict(rows(f"SELECT d, count(*) FROM ({day}) AS r (d) GROUP BY ALL ORDER BY ALL"))
    people = None
    if _PERSON in names:
        ((people,),) = rows(f"SELECT count(DISTINCT {_PERSON}) FROM {stored}")
    return Totals(counted, tuple(References(*row) for row in references), time, first, last, days, people)
