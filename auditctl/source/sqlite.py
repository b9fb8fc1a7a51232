"""SQLite sources: opened read-only behind an authorizer, everything in one read transaction."""

from __future__ import annotations

import getpass
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from sqlalchemy import ColumnElement, Select, and_, case, create_engine, event, func, inspect, or_, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from auditctl.errors import SourceError
from auditctl.source.convert import read_time, to_batch
from auditctl.source.copy import copy_database, remove_copy
from auditctl.source.interface import LOG_SUMMARY, Issued, ReadPoint, SourceFacts, Window
from auditctl.source.probe import require_superset, superset_release
from auditctl.source.tables import Stored, TableSpec, table_specs
from auditctl.text import show

_BATCH = 20_000
_MAGIC = b"SQLite format 3\x00"
_TIME_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*"
_ALLOWED_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION}
_ALLOWED_PRAGMAS = {"table_info", "table_xinfo", "data_version", "read_uncommitted"}
_DENIED_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}


class SqliteSource:
    """One SQLite file at one read point."""

    def __init__(self, url: URL, *, alias: str, zone: str | None, copy: bool, workspace: Path) -> None:
        """Open the file, begin the read transaction and find out what the file is.

        Args:
            url: `sqlite:///relative.db` or `sqlite:////absolute.db`.
            alias: The name of this source in the report.
            zone: IANA zone of the Superset server's local times, where it was declared.
            copy: Read a private copy even where the journal does not need one.
            workspace: A private folder for that copy.

        Raises:
            SourceError: missing, unreadable, not SQLite, or not a Superset metadata database.
        """
        self._path = Path(url.database or "")
        self._where = show(self._path)
        wal = _check_file(self._path)
        with ExitStack() as cleanup:
            readable = self._path
            if wal or copy:
                cleanup.callback(remove_copy, workspace)
                readable = copy_database(self._path, workspace)
            # Closing any descriptor of a file drops all locks that this process holds on it (POSIX), the read lock of
            # the transaction among them: the one that the hash is read through is closed after the connection.
            file = cleanup.enter_context(readable.open("rb"))
            self._engine = _engine(readable)
            cleanup.callback(self._engine.dispose)
            try:
                self._connection = cleanup.enter_context(self._engine.connect())
                self._facts = self._find_facts(alias, zone, file, copied=readable != self._path)
            except DBAPIError as error:
                raise self._failure(error) from None
            self._cleanup = cleanup.pop_all()

    @property
    def facts(self) -> SourceFacts:
        """Facts found when it was opened."""
        return self._facts

    def extract(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `table` in order of its key; see `Source.extract`."""
        present = self._present(table, columns)
        if not present:
            return
        statement = self._select(table, present, window)
        try:
            result = self._connection.execution_options(yield_per=_BATCH).execute(statement)
            for rows in result.partitions(_BATCH):
                yield to_batch(table, present, rows)
        except DBAPIError as error:
            raise self._failure(error) from None

    def count(self, table: TableSpec, window: Window | None) -> Issued:
        """Count the rows that `extract` yields with `count(*)`, at the same read point."""
        present = self._present(table, tuple(table.columns))
        if not present:
            return Issued(table.name, f"-- {table.name}: this database has no such table", "", 0)
        counting = select(func.count().label("rows")).select_from(sql_table(table.name))
        condition = _condition(table, present, window)
        counting = counting if condition is None else counting.where(condition)
        counted = self._connection.execute(counting).scalar_one()
        return Issued(table.name, _literal(self._select(table, present, window)), _literal(counting), counted)

    def log_summary(self) -> Iterator[pa.RecordBatch]:
        """Yield rows per account, UTC day and action over all time, aggregated by SQLite itself."""
        if not {"action", "dttm", "user_id"} <= set(self._facts.tables.get("logs", ())):
            return
        dttm: ColumnElement[Any] = sql_column("dttm")
        good = dttm.op("GLOB")(_TIME_GLOB)
        day = case((good, func.substr(dttm, 1, 10)))
        grouped = (
            select(
                sql_column("user_id"),
                day.label("utc_day"),
                sql_column("action"),
                func.count().label("rows"),
                func.min(case((good, dttm))).label("first_at"),
                func.max(case((good, dttm))).label("last_at"),
            )
            .select_from(sql_table("logs"))
            .group_by(sql_column("user_id"), day, sql_column("action"))
            .order_by(sql_column("user_id"), day, sql_column("action"))
        )
        try:
            for rows in self._connection.execution_options(yield_per=_BATCH).execute(grouped).partitions(_BATCH):
                yield _summary_batch(rows)
        except DBAPIError as error:
            raise self._failure(error) from None

    def first_at(self, table: TableSpec) -> datetime | None:
        """Return the time of the table's first surviving row."""
        if table.time is None or table.time not in self._facts.tables.get(table.name, ()):
            return None
        time: ColumnElement[Any] = sql_column(table.time)
        is_epoch = table.columns[table.time] is Stored.EPOCH_MS
        usable = func.typeof(time).in_(["integer", "real"]) if is_epoch else time.op("GLOB")(_TIME_GLOB)
        first = select(func.min(time)).select_from(sql_table(table.name)).where(usable)
        batch = to_batch(table, (table.time,), [(self._connection.execute(first).scalar(),)])
        moment: datetime | None = batch.column(table.time)[0].as_py()
        return moment.replace(tzinfo=UTC) if moment else None

    def fetch(self, table: TableSpec, key: int) -> pa.RecordBatch | None:
        """Return the row of `table` with that key, or None."""
        present = self._present(table, tuple(table.columns))
        if table.key is None or table.key not in present:
            return None
        columns: list[ColumnElement[Any]] = [sql_column(name) for name in present]
        statement = select(*columns).select_from(sql_table(table.name)).where(sql_column(table.key) == key)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else to_batch(table, present, [tuple(row)])

    def close(self) -> None:
        """End the read transaction and remove what was copied."""
        self._cleanup.close()

    def _find_facts(self, alias: str, zone: str | None, file: BufferedReader, *, copied: bool) -> SourceFacts:
        specs = table_specs()
        inspector = inspect(self._connection)
        found = sorted(inspector.get_table_names())
        tables = {name: tuple(str(c["name"]) for c in inspector.get_columns(name)) for name in found if name in specs}
        require_superset(tables or dict.fromkeys(found, ()), self._where)
        revision = None
        if "alembic_version" in tables:
            version: Select[Any] = select(sql_column("version_num")).select_from(sql_table("alembic_version"))
            revision = self._connection.execute(version).scalar()
        data_version = self._connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        writable = os.access(self._path, os.W_OK)
        return SourceFacts(
            source_id=hashlib.sha256(f"sqlite\0{self._path.resolve()}".encode()).hexdigest()[:16],
            alias=alias,
            dialect="sqlite",
            server_version=f"SQLite {sqlite3.sqlite_version}",
            superset_version=superset_release(revision),
            profile="superset",
            read_point=ReadPoint(
                kind="sqlite-copy" if copied else "sqlite",
                value=f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()} data_version:{data_version}",
                taken_at=datetime.now(UTC),
            ),
            tables=MappingProxyType(tables),
            role=f"{getpass.getuser()}: {'may' if writable else 'may not'} write the file (read-only here)",
            clock_skew=None,
            zone=zone,
        )

    def _present(self, table: TableSpec, columns: Sequence[str]) -> tuple[str, ...]:
        has = self._facts.tables.get(table.name, ())
        return tuple(name for name in columns if name in has)

    def _select(self, table: TableSpec, present: Sequence[str], window: Window | None) -> Select[Any]:
        columns: list[ColumnElement[Any]] = [sql_column(name) for name in present]
        statement = select(*columns).select_from(sql_table(table.name))
        condition = _condition(table, present, window)
        if condition is not None:
            statement = statement.where(condition)
        return statement.order_by(sql_column(table.key)) if table.key and table.key in present else statement

    def _failure(self, error: DBAPIError) -> SourceError:
        reason = show(error.orig)
        hint = "Check that the file is a complete copy of a SQLite database"
        if "readonly" in reason or "unable to open" in reason:
            hint = "It may have an unfinished transaction beside it (-journal): read it with --copy, or copy it first"
        elif "locked" in reason or "busy" in reason:
            hint = "Superset is writing to it: try again, or read it with --copy"
        return SourceError(f"cannot read {self._where}: {reason}", hint=hint)


def _check_file(path: Path) -> bool:
    """Return whether the journal is a write-ahead log (byte 18 of the header); refuse what is no SQLite file."""
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError as error:
        hint = "Give the path of Superset's metadata database"
        raise SourceError(f"cannot read {show(path)}: {(error.strerror or 'error').lower()}", hint=hint) from None
    if not header.startswith(_MAGIC):
        raise SourceError(
            f"cannot read {show(path)}: it is not a SQLite database (first bytes {header[:8]!r})",
            hint="Give the metadata database of Superset",
        )
    return len(header) == 20 and header[18] == 2


def _engine(path: Path) -> Engine:
    """Return an engine whose one connection can only read (each layer closes what the others leave open)."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro",
            uri=True,
            isolation_level=None,
            timeout=30,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA trusted_schema=0")
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _guard(connection: Any, _record: object) -> None:
        # Set here, after the dialect has registered its own functions.
        connection.set_authorizer(_authorize)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
    if action in _ALLOWED_ACTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (second or "").lower() in _DENIED_FUNCTIONS else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _ALLOWED_PRAGMAS:
        reads = second is None or first in ("table_info", "table_xinfo")
        return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


def _condition(table: TableSpec, present: Sequence[str], window: Window | None) -> ColumnElement[bool] | None:
    """Return the rows of a window, and those whose time cannot be compared: they are never dropped."""
    if window is None or table.time is None or table.time not in present:
        return None
    time: ColumnElement[Any] = sql_column(table.time)
    unusable: ColumnElement[bool]
    if table.columns[table.time] is Stored.EPOCH_MS:
        since, until = (moment.timestamp() * 1000 for moment in (window.since, window.until))
        unusable = func.typeof(time).not_in(["integer", "real"])
        return or_(and_(time >= since, time < until), unusable)
    since_text, until_text = (_sqlite_time(moment) for moment in (window.since, window.until))
    unusable = or_(time.is_(None), time.op("NOT GLOB")(_TIME_GLOB))
    return or_(and_(time >= since_text, time < until_text), unusable)


def _sqlite_time(moment: datetime) -> str:
    """Return a bound that compares right with and without a fraction of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")


def _literal(statement: Select[Any]) -> str:
    compiled = statement.compile(dialect=sqlite_dialect.dialect(), compile_kwargs={"literal_binds": True})
    return str(compiled)


def _summary_batch(rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True))
    user_ids = [value if isinstance(value, int) else None for value in columns[0]]
    actions = [None if value is None else str(value).encode("utf-8", "replace").decode() for value in columns[2]]
    # What looks like a time may still be none (month 13): it is counted, under no day.
    days, firsts, lasts = (pa.array(map(read_time, columns[at]), pa.timestamp("us")) for at in (1, 4, 5))
    arrays = [
        pa.array(user_ids, pa.int64()),
        days.cast(pa.date32()),
        pa.array(actions, pa.string()),
        pa.array(columns[3], pa.int64()),
        firsts,
        lasts,
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=LOG_SUMMARY)
