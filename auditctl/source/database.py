"""What every database does alike: plain SELECTs of named columns, all at one read point."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Dialect,
    Executable,
    FromClause,
    Select,
    and_,
    case,
    func,
    inspect,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.engine import Connection, Result
from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.source.convert import to_batch
from auditctl.source.interface import (
    LOG_SUMMARY,
    TRUST_MARGIN,
    Issued,
    Keys,
    LogSummary,
    MonthRows,
    SourceFacts,
    Span,
    Window,
)
from auditctl.source.profile import OWN_TIME, recognise
from auditctl.source.summary import summarise
from auditctl.source.tables import Stored, TableSpec, table_specs

BATCH = 20_000
"""Rows that are held at a time."""
DAY_MS = 86_400_000
"""Milliseconds of a day."""
NEVER = datetime.fromtimestamp(0, UTC)
"""The time that a standby has reached for certain when it says nothing and holds no row."""


@dataclass(frozen=True, slots=True)
class Size:
    """What the database's own statistics say of a table; None where they say nothing."""

    rows: int | None
    """An estimate, as old as the last ANALYZE."""
    bytes: int | None
    """With its indexes."""


class DatabaseSource(ABC):
    """One database at one read point; a subclass says how its dialect opens, compares times, and fails."""

    dialect: Dialect
    """Writes the statements that an auditor is shown."""

    _where: str
    _connection: Connection
    _facts: SourceFacts
    _cleanup: ExitStack
    _schema: str | None = None
    _denied: Mapping[str, Sequence[str]] = {}
    """Table -> columns that are there, or may be, and that this account may not read."""
    _hidden: frozenset[str] = frozenset()
    _stored: Mapping[str, tuple[str, ...]]
    _log_time: str = OWN_TIME
    """The column that holds the times of the log; whatever it is called, its rows have them as `dttm`."""

    @property
    def facts(self) -> SourceFacts:
        """Facts found when it was opened."""
        return self._facts

    @property
    def where(self) -> str:
        """The account and the address, or the path; never a password."""
        return self._where

    @property
    def log_time(self) -> str:
        """The column that holds the times of the log, which its rows have as `dttm`."""
        return self._log_time

    def stored_columns(self, table: str) -> tuple[str, ...]:
        """Return the columns that a table has in the database, under their own names."""
        return self._stored.get(table, ())

    @property
    def denied(self) -> Mapping[str, Sequence[str]]:
        """Table -> columns that are there, or may be, and that this account may not read."""
        return self._denied

    @property
    def schema(self) -> str | None:
        """The schema that Superset's tables are in; None where the database has none to choose from."""
        return self._schema

    def extract(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `table` in order of its key; see `Source.extract`."""
        present = self._present(table, columns)
        if present:
            for rows in self._stream(self._select(table, present, window)):
                yield to_batch(table, present, rows)

    def extraction(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> str:
        """Return the statement that `extract` sends, for an auditor to repeat."""
        present = self._present(table, columns)
        if not present:
            return f"-- {table.name}: this database has no such table"
        return self._shown(self._select(table, present, window))

    def count(self, table: TableSpec, window: Window | None) -> Issued:
        """Count the rows that `extract` yields, with their lowest and highest key, at the read point.

        A key that is no number, as SQLite may hold one, is None.
        """
        present = self._present(table, tuple(table.columns))
        if not present:
            return Issued(table.name, "", 0)
        counted: int
        bounds: list[object]
        counted, *bounds = self.run(self._counting(table, present, window)).one()
        lowest, highest = (bound if isinstance(bound, int) else None for bound in (*bounds, None, None)[:2])
        return Issued(table.name, self.counting(table, window), counted, lowest, highest)

    def counting(self, table: TableSpec, window: Window | None) -> str:
        """Return the statement that `count` sends, for an auditor to repeat."""
        return self._shown(self._counting(table, self._present(table, tuple(table.columns)), window))

    def _counting(self, table: TableSpec, present: Sequence[str], window: Window | None) -> Select[Any]:
        numbers: list[ColumnElement[Any]] = [func.count().label("counted")]
        if table.key and table.key in present and table.columns[table.key] is Stored.INTEGER:
            key: ColumnElement[Any] = sql_column(table.key)
            numbers += [func.min(key).label("lowest"), func.max(key).label("highest")]
        counting = select(*numbers).select_from(self._table(table.name))
        condition = self._condition(table, present, window)
        return counting if condition is None else counting.where(condition)

    def trusted_keys(self, window: Window) -> Keys:
        """Return where ids in order of time have the rows of a window of the log; see `Source.trusted_keys`."""
        from auditctl.source.probes import key_since

        logs = table_specs()["logs"]
        first, last = (self.edge(logs, newest=newest) for newest in (False, True))
        if first is None or last is None:
            return Keys(0, -1)
        since, until = (key_since(self, logs, moment, first[0], last[0]) for moment in (window.since, window.until))
        return Keys(max(first[0], since - TRUST_MARGIN), min(last[0], until - 1 + TRUST_MARGIN))

    def log_summary(self, window: Window) -> LogSummary:
        """Group the log by account, UTC day and action, and count it; see `Source.log_summary`."""
        spec = table_specs()["logs"]
        if {"action", OWN_TIME} <= set(self._present(spec, tuple(spec.columns))):
            return summarise(self, window)
        return LogSummary(LOG_SUMMARY.empty_table(), self.count(spec, None), self.count(spec, window))

    def span(self, table: TableSpec) -> Span | None:
        """Return how far the surviving rows of a table reach, month by month, by one scan of it."""
        if table.time is None or table.time not in self._facts.tables.get(table.name, ()):
            return None
        time: ColumnElement[Any] = sql_column(table.time)
        stored = table.columns[table.time]
        good = not_(self._unusable(time, stored))
        usable = case((good, time))
        by_day = (
            select(func.count(), func.min(usable), func.max(usable))
            .select_from(self._table(table.name))
            .group_by(case((good, self._day(time, stored))))
        )
        days: Any = self.run(by_day).all()
        read = ((rows, self._moment(table, first), self._moment(table, last)) for rows, first, last in days)
        dated = sorted((first, last, rows) for rows, first, last in read if first and last)
        months = (list(month) for _, month in groupby(dated, key=lambda day: (day[0].year, day[0].month)))
        return Span(
            sum(rows for rows, _, _ in days),
            tuple(MonthRows(sum(rows for *_, rows in month), month[0][0], month[-1][1]) for month in months),
        )

    def edge(self, table: TableSpec, *, newest: bool) -> tuple[int, datetime | None] | None:
        """Return key and time (aware UTC) of the row with the lowest or highest key; None where there is no row."""
        key: ColumnElement[Any] = sql_column(table.key or "")
        time: ColumnElement[Any] = sql_column(table.time) if table.time else null()
        statement: Select[Any] = (
            select(key, time).select_from(self._table(table.name)).order_by(key.desc() if newest else key)
        )
        row: Any = self.run(statement.limit(1)).one_or_none()
        if row is None:
            return None
        return row[0], self._moment(table, row[1]) if table.time else None

    def fetch(self, table: TableSpec, key: int) -> pa.RecordBatch | None:
        """Return the row of `table` with that key, or None."""
        present = self._present(table, tuple(table.columns))
        if table.key is None or table.key not in present:
            return None
        columns: list[ColumnElement[Any]] = [sql_column(name) for name in present]
        statement = select(*columns).select_from(self._table(table.name)).where(sql_column(table.key) == key)
        row = self.run(statement).one_or_none()
        return None if row is None else to_batch(table, present, [tuple(row)])

    def close(self) -> None:
        """End the read transaction and remove what was copied."""
        with suppress(DBAPIError):  # nothing is lost with a connection that is already gone
            self._cleanup.close()

    def grant_hint(self, table: str, columns: Sequence[str]) -> str:
        """Return the GRANT that is missing, without its TO; names are quoted where the dialect needs it."""
        container = self._schema or self._connection.engine.url.database or ""
        quoted = [self.dialect.identifier_preparer.quote(name) for name in (container, table, *columns)]
        within, name, *those = (part.replace("%%", "%") for part in quoted)  # doubled for a driver
        return f"GRANT SELECT ({', '.join(those)}) ON {within}.{name}"

    @property
    def hidden(self) -> frozenset[str]:
        """Tables that row-level security keeps rows of from this account; reading one of them fails."""
        return self._hidden

    def indexes(self, table: TableSpec) -> tuple[tuple[str, ...], ...]:
        """Return the columns of each index of a table, beside that of its key; an expression is the empty text."""
        try:
            found = inspect(self._connection).get_indexes(table.name, schema=self._schema)
        except DBAPIError as error:
            raise self._failure(error) from None
        return tuple(tuple(name or "" for name in index["column_names"]) for index in found)

    @abstractmethod
    def sizes(self) -> Mapping[str, Size]:
        """Return what the database's own statistics say of each table; no table is read for it."""

    @abstractmethod
    def size(self) -> int:
        """Return the bytes that the whole database takes."""

    def run(self, statement: Executable) -> Result[Any]:
        """Run a SELECT that yields few rows.

        Raises:
            SourceError: the database failed.
        """
        try:
            return self._connection.execute(statement)
        except DBAPIError as error:
            raise self._failure(error) from None

    @abstractmethod
    def _failure(self, error: DBAPIError) -> SourceError:
        """Return what happened, where, and what to do; without any secret."""

    @abstractmethod
    def _unusable(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
        """Return whether a time cannot be compared with another."""

    @abstractmethod
    def _bound(self, moment: datetime, stored: Stored) -> Any:
        """Return a bound of a window as the column holds times."""

    @abstractmethod
    def _day(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        """Return the UTC day of a time: a date, or of milliseconds the number of days since 1970."""

    def _exact(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return text that is grouped and ordered by its bytes, whatever the collation."""
        return text

    def _table(self, name: str) -> FromClause:
        table = sql_table(name, schema=self._schema)
        if name != "logs" or self._log_time == OWN_TIME:
            return table
        kept: list[ColumnElement[Any]] = [
            sql_column(name) for name in self._facts.tables["logs"] if name in table_specs()["logs"].columns
        ]
        time: ColumnElement[Any] = sql_column(self._log_time)
        columns = [time.label(OWN_TIME) if column.key == OWN_TIME else column for column in kept]
        return select(*columns).select_from(table).subquery("logs")

    def _recognise(self, facts: SourceFacts) -> None:
        """Keep the facts, with the profile of the log."""
        self._facts, self._stored = facts, facts.tables
        self._facts, self._log_time = recognise(self)

    def _present(self, table: TableSpec, columns: Sequence[str]) -> tuple[str, ...]:
        """Return which of the columns the database has.

        Raises:
            SourceError: it has others that this account may not read: they would read as empty.
        """
        if table.name in self.hidden:
            raise SourceError(
                f"{self._where}: a row-level security policy hides rows of {table.name} from this role",
                hint="ALTER ROLE ... BYPASSRLS, or read as a role that the policy does not apply to",
            )
        if refused := [name for name in columns if name in self._denied.get(table.name, ())]:
            raise self._not_granted(table, refused)
        has = self._facts.tables.get(table.name, ())
        return tuple(name for name in columns if name in has)

    def _not_granted(self, table: TableSpec, columns: Sequence[str]) -> SourceError:
        role = self._facts.role.name
        return SourceError(
            f"{role} may not read {', '.join(columns)} of {table.name}",
            hint=f"Run what auditctl grants prints, or {self.grant_hint(table.name, columns)}",
        )

    def _select(self, table: TableSpec, present: Sequence[str], window: Window | None) -> Select[Any]:
        columns: list[ColumnElement[Any]] = [sql_column(name) for name in present]
        statement = select(*columns).select_from(self._table(table.name))
        condition = self._condition(table, present, window)
        if condition is not None:
            statement = statement.where(condition)
        return statement.order_by(sql_column(table.key)) if table.key and table.key in present else statement

    def _condition(self, table: TableSpec, present: Sequence[str], window: Window | None) -> ColumnElement[bool] | None:
        """Return the rows of a window, where its keys say that they are; None where all are read."""
        if window is None or table.time is None or table.time not in present:
            return None
        inside = self._within(table, window)
        if window.keys is None or table.key is None or table.key not in present:
            return inside
        key: ColumnElement[Any] = sql_column(table.key)
        return and_(key.between(window.keys.lowest, window.keys.highest), inside)

    def _within(self, table: TableSpec, window: Window) -> ColumnElement[bool]:
        """Return the rows in the window, and those whose time cannot be compared: they are never dropped."""
        stored = table.columns[table.time or ""]
        time: ColumnElement[Any] = sql_column(table.time or "")
        since, until = self._bound(window.since, stored), self._bound(window.until, stored)
        inside = or_(and_(time >= since, time < until), self._unusable(time, stored))
        if window.actions is None:
            return inside
        # A collation may take more for the same: never less.
        return and_(sql_column("action").in_(window.actions), inside)

    def _stream(self, statement: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield the rows of a long result, some at a time."""
        try:
            with self._connection.execute(statement, execution_options={"yield_per": BATCH}) as result:
                try:
                    yield from result.partitions(BATCH)
                except BaseException:
                    self._give_up()
                    raise
        except DBAPIError as error:
            raise self._failure(error) from None

    def _give_up(self) -> None:  # noqa: B027 - only a protocol that cannot take a result back needs it
        """Prepare to close a result that was not read to its end."""

    def _newest_row(self, tables: Mapping[str, Sequence[str]]) -> datetime | None:
        """Return the time of the newest row of the log: a standby has come at least as far."""
        if not {"id", "dttm"} <= set(tables.get("logs", ())) - set(self._denied.get("logs", ())):
            return None
        newest = self.edge(table_specs()["logs"], newest=True)
        return newest[1] if newest else None

    def _find_revision(self, tables: Mapping[str, Sequence[str]]) -> str | None:
        if "alembic_version" not in tables or "alembic_version" in self._denied:
            return None
        revision: str | None = self.run(self._select(table_specs()["alembic_version"], ("version_num",), None)).scalar()
        return revision

    def _moment(self, table: TableSpec, value: object) -> datetime | None:
        """Return a time of the table's time column, aware UTC."""
        batch = to_batch(table, (table.time or "",), [(value,)])
        moment: datetime | None = batch.column(table.time)[0].as_py()
        return moment.replace(tzinfo=UTC) if moment else None

    def _shown(self, statement: Select[Any]) -> str:
        return str(statement.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True}))
