"""Control totals: numbers by which somebody who gets the same rows in another way can tell that they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from auditctl.catalogue.model import Column, ColumnType
from auditctl.population.engine import quoted
from auditctl.run.evidence import References, Totals

_PERSON = "username"
_REFERENCE = "source_ref"
_PLAIN = f"regexp_extract({_REFERENCE}, '^((?:[a-z0-9-]+/)?[a-z_]+):(?:[0-9]+-)?([0-9]+)$', "
_TABLE = f"coalesce(nullif({_PLAIN} 1), ''), 'others')"
_KEY = f"TRY_CAST({_PLAIN} 2) AS BIGINT)"


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
