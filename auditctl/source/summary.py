"""Rows of the log per account, day and action over all time, aggregated by the database itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal_column, not_, or_, select
from sqlalchemy import column as sql_column

from auditctl.source.convert import read_day, read_time
from auditctl.source.interface import LOG_SUMMARY
from auditctl.source.profile import EXTENDED, OWN_TIME
from auditctl.source.tables import Stored

if TYPE_CHECKING:
    from auditctl.source.database import DatabaseSource


MARKED: Final = ("json", "sql_text", "has_error", "event_outcome")
"""The columns that `Marks` look at."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Conditions on a row of an extended log."""

    own: ColumnElement[bool]
    """A custom logger wrote it: Superset's rows have a payload, and no SQL text in a column."""
    outcome: ColumnElement[bool]
    """It says whether the act failed."""
    text: ColumnElement[bool]
    """It has SQL text."""

    @property
    def own_flag(self) -> ColumnElement[int]:
        """Return `own` as 1 or 0, to be grouped by."""
        return case((self.own, literal_column("1")), else_=literal_column("0"))


def marks_of(columns: Sequence[str]) -> Marks:
    """Return what tells the rows of an extended log with these columns apart."""
    has = {name: sql_column(name).is_not(None) if name in columns else false() for name in MARKED}
    return Marks(
        own=or_(has["sql_text"], not_(has["json"])),
        outcome=or_(has["has_error"], has["event_outcome"]),
        text=has["sql_text"],
    )


def group_log(source: DatabaseSource) -> tuple[tuple[str, ...], Select[Any]]:
    """Return the statement, and which fields of `LOG_SUMMARY` it yields."""
    has = source.facts.tables["logs"]
    time: ColumnElement[Any] = sql_column(OWN_TIME)
    good = not_(source._unusable(time, Stored.UTC))
    by: dict[str, ColumnElement[Any]] = {}
    if "user_id" in has:
        by["user_id"] = sql_column("user_id")
    by["utc_day"] = case((good, source._day(time, Stored.UTC)))
    by["action"] = source._exact(sql_column("action"))
    sums: dict[str, ColumnElement[Any]] = {
        "rows": func.count(),
        "first_at": func.min(case((good, time))),
        "last_at": func.max(case((good, time))),
    }
    if source.facts.profile == EXTENDED:
        marks = marks_of(has)
        by["own"] = marks.own_flag
        if "username" in has:
            by["username"] = source._exact(sql_column("username"))
        sums["first_outcome_at"] = func.min(case((and_(good, marks.outcome), time)))
        sums["first_text_at"] = func.min(case((and_(good, marks.text), time)))
    columns = [column.label(name) for name, column in (by | sums).items()]
    grouped = select(*columns).select_from(source._table("logs")).group_by(*by.values()).order_by(*by.values())
    return tuple(by | sums), grouped


def summary_batch(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """Return rows of the statement as a batch of `LOG_SUMMARY`; what it does not yield is NULL."""
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    absent = (None,) * len(rows)
    arrays = []
    for field in LOG_SUMMARY:
        cell = _CELLS.get(field.name, read_time)
        arrays.append(pa.array(map(cell, columns.get(field.name, absent)), field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=LOG_SUMMARY)


def action_text(value: object) -> str | None:
    """Return text, such as an action, whatever `_exact` made of it."""
    if value is None:
        return None
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    return raw.decode("utf-8", "replace")


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


# What looks like a time may still be none (month 13): it is counted, under no day.
_CELLS: Mapping[str, Callable[[Any], object]] = {
    "user_id": _integer,
    "username": action_text,
    "utc_day": read_day,
    "action": action_text,
    "own": bool,
    "rows": int,
}
