"""Rows of the log that hold one text, among those of a few actions from a key on: a probe of few rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import column as sql_column

from auditctl.errors import SourceError
from auditctl.source.convert import read_time
from auditctl.source.database import DatabaseSource
from auditctl.source.tables import table_specs

_MOST: Final = 10_000
"""Rows that are looked at."""
_SAID_IN: Final = ("json", "attempted_username")


@dataclass(frozen=True, slots=True)
class Sought:
    """A row that holds the text; `at` is its time, aware UTC, None where it has none."""

    key: int
    action: str
    at: datetime | None


def newest_key(source: DatabaseSource) -> int:
    """Return the highest key of the log; 0 where it has no row.

    Raises:
        SourceError: there is no log.
    """
    spec = table_specs()["logs"]
    if not {"id", "action"} <= set(source.facts.tables.get("logs", ())):
        raise SourceError(f"{source.where}: there is no table logs", hint="See auditctl doctor")
    newest = source.edge(spec, newest=True)
    return newest[0] if newest else 0


def find_text(source: DatabaseSource, text: str, actions: Sequence[str], since_key: int) -> Sought | None:
    """Return the first row of one of the actions, from a key on, that holds a text in its payload or as a name.

    Raises:
        SourceError: the database failed, or the columns may not be read.
    """
    spec = table_specs()["logs"]
    names = source._present(spec, ("id", "action", "dttm", *_SAID_IN))
    columns: list[ColumnElement[Any]] = [sql_column(name) for name in names]
    key: ColumnElement[Any] = sql_column("id")
    action: ColumnElement[Any] = sql_column("action")
    rows: Select[Any] = select(*columns).select_from(source._table("logs")).where(key >= since_key)
    chosen = rows.where(action.in_(actions)).order_by(key.desc()).limit(_MOST)
    return min(_holding(names, source.run(chosen), text), key=lambda found: found.key, default=None)


def _holding(names: Sequence[str], rows: Any, text: str) -> Iterator[Sought]:
    for values in rows:
        row = dict(zip(names, values, strict=True))
        if any(text in str(row.get(name)) for name in _SAID_IN):
            at = read_time(row.get("dttm"))
            yield Sought(row["id"], str(row["action"]), at.replace(tzinfo=UTC) if at else None)
