"""Rows of the log per account, day and action over all time, aggregated by the database itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal_column, not_, or_, select, text
from sqlalchemy import column as sql_column

from auditctl.source.convert import read_day, read_time
from auditctl.source.interface import EXTENDED, LOG_SUMMARY, TRUST_MARGIN, Issued, Keys, LogSummary, Window
from auditctl.source.profile import OWN_TIME
from auditctl.source.tables import Stored, table_specs

if TYPE_CHECKING:
    from auditctl.source.database import DatabaseSource


_GROUPED: Final = pa.schema([("in_window", pa.bool_()), *LOG_SUMMARY, ("lowest", pa.int64()), ("highest", pa.int64())])
_BY: Final = ("user_id", "username", "utc_day", "action", "own")
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


def summarise(source: DatabaseSource, window: Window) -> LogSummary:
    """Group the log, and count it, in one scan; see `Source.log_summary`.

    Raises:
        SourceError: the database failed.
    """
    parts = [_GROUPED.empty_table()]
    for keys in _parts(source, window):
        names, grouped = _group(source, window, keys)
        parts += [_table(names, rows) for rows in source._stream(grouped)]
    found = pa.concat_tables(parts)
    within = found.filter(found["in_window"])
    whole = _issued(source, found, None)
    return LogSummary(
        rows=_joined(found),
        whole=whole if window.keys is None else replace(whole, counting_sql=""),
        within=_issued(source, within, replace(window, keys=None)),
    )


def _parts(source: DatabaseSource, window: Window) -> list[Keys | None]:
    """Return which keys are grouped at a time: those of the window, and the oldest ones, which say since when."""
    edge = source.edge(table_specs()["logs"], newest=False)
    if window.keys is None or edge is None:
        return [window.keys]
    oldest = Keys(edge[0], min(edge[0] + TRUST_MARGIN, window.keys.lowest) - 1)
    return [oldest, window.keys]


def _group(source: DatabaseSource, window: Window, keys: Keys | None) -> tuple[tuple[str, ...], Select[Any]]:
    """Return the statement, and which fields of `_GROUPED` it yields."""
    spec = table_specs()["logs"]
    has = source.facts.tables["logs"]
    time: ColumnElement[Any] = sql_column(OWN_TIME)
    good = not_(source._unusable(time, Stored.UTC))
    inside = source._within(spec, window)
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
    if "id" in has:
        key: ColumnElement[Any] = sql_column("id")
        sums |= {"lowest": func.min(key), "highest": func.max(key)}
    if source.facts.profile == EXTENDED:
        marks = marks_of(has)
        by["own"] = marks.own_flag
        if "username" in has:
            by["username"] = source._exact(sql_column("username"))
        sums["first_outcome_at"] = func.min(case((and_(good, marks.outcome), time)))
        sums["first_text_at"] = func.min(case((and_(good, marks.text), time)))
    flag = case((inside, literal_column("1")), else_=literal_column("0")).label("in_window")
    columns = [flag, *(column.label(name) for name, column in (by | sums).items())]
    # By its name, because a database takes an expression with parameters for another one each time.
    grouped = select(*columns).select_from(source._table("logs")).group_by(*by.values(), text("in_window"))
    if keys is not None:
        grouped = grouped.where(sql_column("id").between(keys.lowest, keys.highest))
    return ("in_window", *by, *sums), grouped


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    absent = (None,) * len(rows)
    arrays = []
    for field in _GROUPED:
        cell = _CELLS.get(field.name, read_time)
        arrays.append(pa.array(map(cell, columns.get(field.name, absent)), field.type))
    return pa.Table.from_arrays(arrays, schema=_GROUPED)


def _joined(found: pa.Table) -> pa.Table:
    """Return rows of `LOG_SUMMARY`: a day that the window cuts is one again."""
    sums = {"rows": "sum", "first_at": "min", "last_at": "max", "first_outcome_at": "min", "first_text_at": "min"}
    joined = found.group_by(list(_BY), use_threads=False).aggregate(list(sums.items()))
    # In an order of its own, because databases have different ones.
    named = joined.rename_columns([*_BY, *sums]).select(LOG_SUMMARY.names).cast(LOG_SUMMARY)
    return named.sort_by([(name, "ascending") for name in _BY])


def _issued(source: DatabaseSource, found: pa.Table, window: Window | None) -> Issued:
    """Return the count of the rows that were grouped, as the database itself would be asked for it alone."""
    numbers = [pc.sum(found["rows"]), pc.min(found["lowest"]), pc.max(found["highest"])]
    rows, lowest, highest = (number.as_py() for number in numbers)
    if found["lowest"].null_count or found["highest"].null_count:
        lowest = highest = None
    return Issued("logs", source.counting(table_specs()["logs"], window), rows or 0, lowest, highest)


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
    "in_window": bool,
    "rows": int,
    "lowest": _integer,
    "highest": _integer,
}
