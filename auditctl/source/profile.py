"""Which shape the log has: Superset's own, or the wide table that guides describe and custom loggers write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import column as sql_column

from auditctl.source.interface import EXTENDED
from auditctl.source.tables import table_specs

if TYPE_CHECKING:
    from auditctl.source.database import DatabaseSource
    from auditctl.source.interface import SourceFacts

OWN_TIME: Final = "dttm"
OTHER_TIME: Final = "timestamp"

_COMPARED: Final = 1_000
"""Rows with the lowest, and with the highest ids whose two times are compared."""
# Any of the columns would do; without all of them the log does not say.
_TOLD_BY: Final = (
    (("has_error", "event_outcome"), "whether an act failed"),
    (("username", "attempted_username", "user_id"), "who acted"),
    (("dashboard_id", "object_id"), "which dashboard"),
    (("slice_id", "object_id"), "which chart"),
    (("sql_text",), "the text of SQL statements"),
    (("database_name", "database_id"), "which database"),
    (("rows",), "how many rows a statement returned"),
    (("error_text",), "why an act failed"),
    (("source_ip",), "from which address"),
)


def recognise(source: DatabaseSource) -> tuple[SourceFacts, str]:
    """Return the facts of a source with the profile of its log, and the column that holds the times of the log.

    Raises:
        SourceError: the database failed.
    """
    facts = source.facts
    columns = facts.tables.get("logs", ())
    extended = [name for name in table_specs()["logs"].extended if name in columns]
    notes = []
    if "is_sensitive" in facts.tables.get("dashboards", ()):
        notes.append("Dashboards whose column is_sensitive is true count as declared under scope.sensitive.")
    if not extended:
        return replace(facts, notes=(*facts.notes, *notes)), OWN_TIME
    readable = {*columns} - {*source.denied.get("logs", ())}
    compared = {"id", OWN_TIME, OTHER_TIME} <= readable
    time, why = find_time(readable, _both_times(source) if compared else ())
    if why:
        notes.append(why)
    notes += describe(columns, extended, alone=facts.tables.keys() <= {"logs", "alembic_version"})
    in_log = "sql_text" in columns and not _has_rows(source, "query")
    if "sql_text" in columns:
        where = (
            "rows of the log that have one" if in_log else "the table query, which has rows; those of the log are acts"
        )
        notes.append(f"SQL statements are read from {where}.")
    if OWN_TIME not in columns and time == OTHER_TIME:
        columns = (*columns, OWN_TIME)
    tables = MappingProxyType({**facts.tables, "logs": columns})
    found = replace(facts, profile=EXTENDED, tables=tables, log_statements=in_log, notes=(*facts.notes, *notes))
    return found, time


def _both_times(source: DatabaseSource) -> list[Sequence[Any]]:
    """Return `dttm` and `timestamp` of the rows with the lowest and the highest ids."""
    key: ColumnElement[Any] = sql_column("id")
    times: list[ColumnElement[Any]] = [sql_column(OWN_TIME), sql_column(OTHER_TIME)]
    rows: Select[Any] = select(key, *times).select_from(source._table("logs")).limit(_COMPARED)
    found: dict[Any, Sequence[Any]] = {
        row[0]: tuple(row[1:]) for order in (key, key.desc()) for row in source.run(rows.order_by(order))
    }
    return list(found.values())


def _has_rows(source: DatabaseSource, name: str) -> bool:
    """Return whether a table has rows, or may have some that this account is refused."""
    if name in source.denied or name in source.hidden:
        return True
    return name in source.facts.tables and source.edge(table_specs()[name], newest=True) is not None


def find_time(columns: Collection[str], rows: Sequence[Sequence[Any]]) -> tuple[str, str | None]:
    """Return the column that holds the time, and in a sentence why, where there was a choice.

    Args:
        columns: Those of the log that may be read.
        rows: `dttm` and `timestamp` of the rows with the lowest and the highest ids, where it has both.
    """
    if OTHER_TIME not in columns:
        return OWN_TIME, None
    if OWN_TIME not in columns:
        return OTHER_TIME, f"Times of the log are those of its column {OTHER_TIME}: it has no {OWN_TIME}."
    own, other = ({row[at] for row in rows} - {None} for at in (0, 1))
    # A default that was computed once, when the writer started, is the same on all rows until it is started again.
    if len(own) < len(other) and len(own) <= max(1, len(other) // 10):
        return OTHER_TIME, (
            f"Times of the log are those of its column {OTHER_TIME}: on the {len(rows):,} rows that were compared"
            f" {OWN_TIME} has {_values(own)}, as a default has that was computed once."
        )
    return OWN_TIME, f"Times of the log are those of its column {OWN_TIME}, not those of {OTHER_TIME}."


def _values(found: Collection[object]) -> str:
    return "no value" if not found else "1 value" if len(found) == 1 else f"{len(found)} values"


def describe(columns: Collection[str], extended: Collection[str], *, alone: bool) -> Iterator[str]:
    """Yield what an extended log has and what it lacks; `alone` where there is no other table of Superset."""
    beside = " There is no other table of Superset in this database: names are those in its rows." if alone else ""
    yield f"The log is an extended one: a custom logger or recorder writes {', '.join(extended)}.{beside}"
    lacking = [what for names, what in _TOLD_BY if set(columns).isdisjoint(names)]
    if lacking:
        yield f"No column of this log says {', '.join(lacking)}."
    if "request_duration" in columns and not {"duration_ms", "execution_time_ms"} & set(columns):
        yield "Durations are those of request_duration, taken for milliseconds: no column says its unit."
