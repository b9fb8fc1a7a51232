"""SQLite sources: opened read-only behind an authorizer, everything in one read transaction."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from sqlalchemy import ColumnElement, Integer, cast, create_engine, event, func, inspect, or_, text
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from auditctl.errors import SourceError
from auditctl.source.copy import copy_database, remove_copy
from auditctl.source.database import DAY_MS, DatabaseSource, Size
from auditctl.source.interface import Options, ReadPoint, Role, SourceFacts, Window
from auditctl.source.probe import require_superset, superset_release
from auditctl.source.sqlite_rows import lenient_text, row_batches
from auditctl.source.tables import Stored, TableSpec, table_specs
from auditctl.text import show
from auditctl.workspace import account

_MAGIC = b"SQLite format 3\x00"
_TIME_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*"
_ALLOWED_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION}
# Of a table or an index; given a name they read, too.
_SCHEMA_PRAGMAS = {"table_info", "table_xinfo", "index_list", "index_info", "index_xinfo"}
_ALLOWED_PRAGMAS = _SCHEMA_PRAGMAS | {"data_version", "read_uncommitted"}
_DENIED_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}


class SqliteSource(DatabaseSource):
    """One SQLite file at one read point."""

    dialect = sqlite_dialect.dialect()

    def __init__(self, url: URL, options: Options, workspace: Path) -> None:
        """Open the file, begin the read transaction and find out what the file is.

        Args:
            url: `sqlite:///relative.db` or `sqlite:////absolute.db`.
            options: How to read it.
            workspace: A private folder for a copy.

        Raises:
            SourceError: missing, unreadable, not SQLite, or not a Superset metadata database.
        """
        self._path = Path(url.database or "")
        self._where = show(self._path)
        wal = _check_file(self._path)
        with ExitStack() as cleanup:
            readable = self._path
            if wal or options.copy:
                cleanup.callback(remove_copy, workspace)
                readable = copy_database(self._path, workspace)
            # Closing any descriptor of a file drops all locks that this process holds on it (POSIX), the read lock of
            # the transaction among them: the one that the hash is read through is closed after the connection.
            file = cleanup.enter_context(readable.open("rb"))
            self._engine = _engine(readable)
            cleanup.callback(self._engine.dispose)
            try:
                self._connection = cleanup.enter_context(self._engine.connect())
                self._recognise(self._find_facts(options, file, copied=readable != self._path))
            except DBAPIError as error:
                raise self._failure(error) from None
            self._cleanup = cleanup.pop_all()

    def _find_facts(self, options: Options, file: BufferedReader, *, copied: bool) -> SourceFacts:
        specs = table_specs()
        inspector = inspect(self._connection)
        found = sorted(inspector.get_table_names())
        tables = {name: tuple(str(c["name"]) for c in inspector.get_columns(name)) for name in found if name in specs}
        require_superset(tables or dict.fromkeys(found, ()), self._where)
        revision = self._find_revision(tables)
        data_version = self._connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return SourceFacts(
            source_id=hashlib.sha256(f"sqlite\0{self._path.resolve()}".encode()).hexdigest()[:16],
            alias=options.alias,
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
            role=Role(account(), tuple(_powers(self._path))),
            clock_skew=None,
            zone=options.zone,
            revision=revision,
        )

    def extract(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `table` in order of its key; see `Source.extract`."""
        present = self._present(table, columns)
        if not present:
            return
        driver: Any = self._connection.connection.driver_connection
        try:
            yield from row_batches(driver, self._shown(self._select(table, present, window)), table, present)
        except sqlite3.Error as error:
            raise self._failure(DBAPIError(None, None, error)) from None

    def sizes(self) -> Mapping[str, Size]:
        """Return the rows of each table where ANALYZE has been run; SQLite keeps no other statistics."""
        if not self.run(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")).first():
            return {}
        found: Any = self.run(text("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"))
        return {table: Size(rows, None) for table, rows in found}

    def size(self) -> int:
        """Return the bytes of the file."""
        return self._path.stat().st_size

    def _unusable(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
        if stored is Stored.EPOCH_MS:
            return func.typeof(time).not_in(["integer", "real"])
        return or_(time.is_(None), time.op("NOT GLOB")(_TIME_GLOB))

    def _bound(self, moment: datetime, stored: Stored) -> Any:
        return moment.timestamp() * 1000 if stored is Stored.EPOCH_MS else _sqlite_time(moment)

    def _day(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        if stored is Stored.EPOCH_MS:
            return cast(time / DAY_MS, Integer)
        return func.substr(time, 1, 10)

    def _failure(self, error: DBAPIError) -> SourceError:
        reason = show(error.orig)
        hint = "Check that the file is a complete copy of a SQLite database"
        if "readonly" in reason or "unable to open" in reason:
            hint = "It may have an unfinished transaction beside it (-journal): read it with --copy, or copy it first"
        elif "locked" in reason or "busy" in reason:
            hint = "Superset is writing to it: try again, or read it with --copy"
        return SourceError(f"cannot read {self._where}: {reason}", hint=hint)


def _powers(path: Path) -> Iterator[str]:
    """Say how the account that runs could change the file, here or by putting another in its place."""
    if os.access(path, os.W_OK):
        yield "may write the file"
    if os.access(path.resolve().parent, os.W_OK):
        yield "may write its folder"


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
        connection.text_factory = lenient_text
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
        reads = second is None or first in _SCHEMA_PRAGMAS
        return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


def _sqlite_time(moment: datetime) -> str:
    """Return a bound that compares right with and without a fraction of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")
