"""Bounded questions to an open database: each is answered by single rows, or by the first or last rows by id.

Ids are given in order of time, nearly: that is why they can stand in for the index on time that Superset lacks. The
caller asks only for what the account may read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, not_, or_, select
from sqlalchemy import column as sql_column

from auditctl.source.convert import read_time
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import EXTENDED, HEARTBEAT, ActionRows
from auditctl.source.summary import MARKED, action_text, marks_of
from auditctl.source.tables import TableSpec, table_specs

_WITHOUT_TIME = 100
"""Rows without a time that are passed over at most, to find one with a time."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a table with the lowest or the highest keys, at most so many; without a number all of them."""

    rows: int | None = None
    newest: bool = True


def count_rows(source: DatabaseSource, table: TableSpec, *, since_key: int | None = None, most: int | None) -> int:
    """Count the rows of a table, or those from a key on, up to `most`."""
    key: ColumnElement[Any] = sql_column(table.key or "")
    rows: Select[Any] = select(key).select_from(source._table(table.name))
    if since_key is not None:
        rows = rows.where(key >= since_key)
    if most is None:
        counting = rows.with_only_columns(func.count(), maintain_column_froms=True)
    else:
        counting = select(func.count()).select_from(rows.order_by(key).limit(most).subquery())
    return int(source.run(counting).scalar_one())


def key_since(source: DatabaseSource, table: TableSpec, moment: datetime, lowest: int, highest: int) -> int:
    """Return a key from which on rows, and before which none, are of `moment` (aware UTC) or later.

    By bisection, and so right to the row where keys are in order of time.
    """
    low, high = lowest, highest + 1
    while low < high:
        middle = (low + high) // 2
        row = _first_with_time(source, table, middle)
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low


def holds_acts(source: DatabaseSource, since_key: int, until_key: int) -> bool:
    """Return whether `logs` has a row that is no heartbeat from one key on (inclusive) to another (exclusive)."""
    key: ColumnElement[Any] = sql_column("id")
    action: ColumnElement[Any] = sql_column("action")
    acts = or_(action.is_(None), source._exact(action) != HEARTBEAT)
    found: Select[Any] = select(key).select_from(source._table("logs")).where(key >= since_key, key < until_key, acts)
    return source.run(found.order_by(key).limit(1)).first() is not None


def count_actions(source: DatabaseSource, rows: Slice) -> tuple[ActionRows, ...]:
    """Return the actions in a slice of `logs`, the commonest first."""
    spec = table_specs()["logs"]
    time: ColumnElement[Any] = sql_column("dttm")
    good = case((not_(source._unusable(time, spec.columns["dttm"])), time))
    action = source._exact(sql_column("action"))
    columns: list[ColumnElement[Any]] = [action, func.count(), func.min(good), func.max(good)]
    by: list[ColumnElement[Any]] = [action]
    has = source.facts.tables["logs"]
    if source.facts.profile == EXTENDED:
        marks = marks_of(has)
        by.append(marks.own_flag)
        columns += [marks.own_flag, *(func.min(case((mark, good))) for mark in (marks.outcome, marks.text))]
    within = _slice(source, rows, "action", "dttm", *(name for name in MARKED if name in has))
    found = [
        ActionRows(action_text(name), count, _aware(first), _aware(last), bool(own), _aware(outcome), _aware(text))
        for name, count, first, last, own, outcome, text in (
            (*row, *(None,) * (7 - len(row)))
            for row in _tuples(source, select(*columns).select_from(within).group_by(*by))
        )
    ]
    return tuple(sorted(found, key=lambda one: (-one.rows, one.action or "")))


def heartbeats(source: DatabaseSource, rows: Slice) -> Iterator[tuple[str, datetime]]:
    """Yield each kind that a heartbeat of the recorder names, with its time (aware UTC), from a slice of `logs`."""
    columns: list[ColumnElement[Any]] = [sql_column("dttm"), sql_column("json")]
    within = _slice(source, rows, "action", "dttm", "json")
    beats = select(*columns).select_from(within).where(source._exact(sql_column("action")) == HEARTBEAT)
    for time, payload in _tuples(source, beats):
        at = _aware(time)
        if at is not None:
            yield from ((kind, at) for kind in _kinds(payload))


def _slice(source: DatabaseSource, rows: Slice, *columns: str) -> FromClause:
    if rows.rows is None:
        return source._table("logs")
    key: ColumnElement[Any] = sql_column("id")
    names: list[ColumnElement[Any]] = [sql_column(name) for name in columns]
    chosen = select(*names).select_from(source._table("logs")).order_by(key.desc() if rows.newest else key)
    return chosen.limit(rows.rows).subquery("slice")


def _first_with_time(source: DatabaseSource, table: TableSpec, key: int) -> tuple[int, datetime] | None:
    """Return key and time of the first row from `key` on that has a time."""
    column: ColumnElement[Any] = sql_column(table.key or "")
    time: ColumnElement[Any] = sql_column(table.time or "")
    rows: Select[Any] = (
        select(column, time).select_from(source._table(table.name)).where(column >= key).order_by(column)
    )
    for most in (1, _WITHOUT_TIME):
        for found, value in _tuples(source, rows.limit(most)):
            moment = source._moment(table, value)
            if moment is not None:
                return found, moment
    return None


def _tuples(source: DatabaseSource, statement: Select[Any]) -> Sequence[tuple[Any, ...]]:
    return [tuple(row) for row in source.run(statement)]


def _kinds(payload: object) -> list[str]:
    try:
        body = json.loads(str(payload))
    except (ValueError, RecursionError):
        return []
    kinds = body.get("kinds") if isinstance(body, dict) else None
    return [kind for kind in kinds if isinstance(kind, str)] if isinstance(kinds, list) else []


def _aware(value: object) -> datetime | None:
    moment = read_time(value)
    return moment.replace(tzinfo=UTC) if moment else None
