"""PostgreSQL sources: psycopg 3, one REPEATABLE READ READ ONLY transaction for everything of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from psycopg.types.string import TextLoader
from sqlalchemy import ColumnElement, Date, cast, create_engine, event, func, literal_column, or_, text
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.engine import URL, Engine, Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from auditctl.errors import SourceError
from auditctl.settings.url import redact_url
from auditctl.source.database import DAY_MS, NEVER, DatabaseSource, Size
from auditctl.source.interface import Options, ReadPoint, Role, SourceFacts, Window
from auditctl.source.postgresql_arrow import ArrowConnection, comes_alike
from auditctl.source.postgresql_copy import copy_batches
from auditctl.source.postgresql_failures import explain
from auditctl.source.postgresql_role import find_functions, find_role
from auditctl.source.postgresql_tables import Found, find_tables, hold_tables
from auditctl.source.probe import require_superset, superset_release
from auditctl.source.tables import Stored, TableSpec
from auditctl.source.url_options import understood
from auditctl.text import show

OLDEST: Final = 130000
"""The oldest server that is read, as `server_version_num`: PostgreSQL 13 brought pg_current_snapshot()."""
_LOCK_TIMEOUT_MS = 5_000
_IDLE_TIMEOUT_MS = 900_000
_CONNECT_TIMEOUT_S = 10
_LONG: Final = 30_000_000
"""Bytes from which on a table is read by a second connection, which takes as long to open as these take by COPY."""

# Local to the transaction, so that a pooler hands nothing of it to its next client. Without row_security a policy makes
# a statement fail instead of hiding rows from it. Cursors are read to their end, and need not be quick to begin.
_BEGIN = """
SELECT now() AS began_at, clock_timestamp() AS clock, current_schemas(false) AS path, current_user AS role,
    current_database() AS database, split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('server_version_num')::int AS version_num, current_setting('server_encoding') AS encoding,
    session_user AS session, pg_is_in_recovery() AS standby, pg_last_xact_replay_timestamp() AS replayed_at,
    pg_last_wal_replay_lsn()::text AS replayed_to,
    set_config('statement_timeout', :statement_timeout, true),
    set_config('lock_timeout', :lock_timeout, true),
    set_config('idle_in_transaction_session_timeout', :idle_timeout, true),
    set_config('TimeZone', 'UTC', true),
    set_config('DateStyle', 'ISO', true),
    set_config('row_security', 'off', true),
    set_config('cursor_tuple_fraction', '1', true)
"""
# From here on nobody who may create objects can put a function or an operator of theirs under a name that is used.
_OWN_NAMES = "SELECT set_config('search_path', 'pg_catalog, pg_temp', true)"
# Of other roles' transactions a plain role sees that they write, not since when; of prepared ones nobody does.
_WRITERS = """
SELECT min(a.xact_start) AS since, count(*) FILTER (WHERE a.xact_start IS NULL) AS unknown
FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation AND c.relname = 'logs'
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = :schema
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.mode = 'RowExclusiveLock' AND l.granted
"""
# Rows as the planner guesses them: as dense as when last analysed, on the pages of today; a partition that was not yet
# analysed as dense as the others. No pages then: never analysed. A partitioned table has neither; its partitions do.
_SIZES = """
WITH RECURSIVE parts AS (
    SELECT c.relname AS name, c.oid
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = ANY(:names)
    UNION
    SELECT p.name, i.inhrelid FROM parts p JOIN pg_inherits i ON i.inhparent = p.oid
), sizes AS (
    SELECT p.name, pg_total_relation_size(p.oid) AS bytes,
        pg_relation_size(p.oid) / current_setting('block_size')::int AS pages,
        CASE WHEN c.reltuples >= 0 AND c.relpages > 0 THEN c.reltuples / c.relpages END AS density
    FROM parts p
    JOIN pg_class c ON c.oid = p.oid
)
SELECT name, sum(bytes)::bigint AS bytes,
    (sum(density * pages) * sum(pages) / nullif(sum(pages) FILTER (WHERE density IS NOT NULL), 0))::bigint AS rows
FROM sizes
GROUP BY name
"""


class PostgresqlSource(DatabaseSource):
    """One database of a PostgreSQL server at one read point."""

    dialect = postgresql_dialect.dialect()  # type: ignore[no-untyped-call]
    _any_text = False
    """Whether the database has no encoding, and text may be none."""
    _arrow_tried = False
    _second: ArrowConnection | None = None

    def __init__(self, url: URL, options: Options) -> None:
        """Connect, begin the read transaction and find out what the database is.

        A password that the URL does not hold comes from ~/.pgpass, PGPASSFILE or PGPASSWORD, as libpq has it.

        Raises:
            SourceError: unreachable, denied, too old, or not a Superset metadata database.
            UsageError: the URL holds what the driver cannot take.
        """
        self._where = f"{show(url.username or 'the default account')} at {show(redact_url(str(url)))}"
        with ExitStack() as cleanup:
            engine = _engine(url)
            cleanup.callback(engine.dispose)
            self._parameters = {**engine.dialect.create_connect_args(engine.url)[1], **_arguments(url)}
            try:
                with understood():
                    self._connection = cleanup.enter_context(engine.connect())
                self._recognise(self._find_facts(options, url))
            except DBAPIError as error:
                raise self._failure(error) from None
            self._cleanup = cleanup.pop_all()

    def _find_facts(self, options: Options, url: URL) -> SourceFacts:
        asked_at = datetime.now(UTC)
        limit = options.statement_timeout.total_seconds() * 1000
        limits = {"statement_timeout": limit, "lock_timeout": _LOCK_TIMEOUT_MS, "idle_timeout": _IDLE_TIMEOUT_MS}
        server = self._one(_BEGIN, **{name: str(int(value)) for name, value in limits.items()})
        host_clock = asked_at + (datetime.now(UTC) - asked_at) / 2
        self._check_server(server)
        self._one(_OWN_NAMES)
        found = find_tables(self._connection, server.path, self._where)
        require_superset(found.tables, self._where)
        hold_tables(self._connection, found, self._where)
        self._schema, self._denied, self._hidden = found.schema, found.denied, found.hidden
        revision = self._find_revision(found.tables)
        system = self._optional("SELECT system_identifier FROM pg_control_system()")
        named = f"postgresql\0{system or f'{url.host}:{url.port}'}\0{server.database}\0{self._schema}"
        read_point, notes = self._read_point(server, system, found.tables)
        role = find_role(self._connection, found.schema or "")
        if "logs" in found.views:
            role = replace(role, powers=(*role.powers, "logs is a view: what may be done to its table is not known"))
        return SourceFacts(
            source_id=hashlib.sha256(named.encode()).hexdigest()[:16],
            alias=options.alias,
            dialect="postgresql",
            server_version=f"PostgreSQL {server.version}",
            superset_version=superset_release(revision),
            profile="superset",
            read_point=read_point,
            tables=MappingProxyType(dict(found.tables)),
            role=role,
            clock_skew=round((server.clock - host_clock).total_seconds(), 3),
            zone=options.zone,
            schema=found.schema,
            revision=revision,
            notes=(*notes, *self._find_notes(found, role, server.session)),
        )

    def _find_notes(self, found: Found, role: Role, session: str) -> Iterator[str]:
        if session != role.name:
            yield f"The session began as {show(session)}, and took the role {show(role.name)}: it can go back."
        for name in found.views:
            yield f"{name} is no table but a view: what it leaves out is not seen, nor who may change what lies behind."
        functions = [] if role.may_modify else find_functions(self._connection, found.schema or "")
        if functions:
            more = ", ..." if len(functions) > 3 else ""
            yield (
                "This role may run functions with the rights of an owner who may modify the log; what they do was not"
                f" looked at: {', '.join(map(show, functions[:3]))}{more}."
            )

    def _check_server(self, server: Row[Any]) -> None:
        if server.version_num < OLDEST:
            raise SourceError(
                f"{self._where} is PostgreSQL {server.version}, which is too old",
                hint=f"PostgreSQL {OLDEST // 10000} or later can be read; read a copy of it restored there",
            )
        if server.encoding == "SQL_ASCII":  # it may hold text in any encoding, which the server refuses to call UTF-8
            self._any_text = True
            self._one("SELECT set_config('client_encoding', 'SQL_ASCII', true)")
            driver: Any = self._connection.connection.driver_connection
            for name in ("text", "varchar", "bpchar", "name"):
                driver.adapters.register_loader(name, _AnyTextLoader)

    def _read_point(
        self, server: Row[Any], system: object, tables: Mapping[str, Sequence[str]]
    ) -> tuple[ReadPoint, tuple[str, ...]]:
        known = {
            "lsn": server.replayed_to if server.standby else self._optional("SELECT pg_current_wal_lsn()::text"),
            "system": system,
            "timeline": self._optional("SELECT timeline_id FROM pg_control_checkpoint()"),
            "snapshot": self._one("SELECT pg_current_snapshot()::text")[0],
        }
        value = " ".join(f"{name}:{part}" for name, part in known.items() if part is not None)
        now: datetime = server.began_at
        if server.standby:
            # A standby that has replayed no transaction since it started does not say how far it is.
            reached = min(now, server.replayed_at or self._newest_row(tables) or NEVER)
            lag = (now - reached).total_seconds()
            return ReadPoint("postgresql-standby", value, reached, standby=True, lag=lag), ()
        writers = self._one(_WRITERS, schema=self._schema)
        notes: tuple[str, ...] = ()
        if writers.unknown:
            sessions = "1 session was" if writers.unknown == 1 else f"{writers.unknown} sessions were"
            notes = (
                f"{sessions} writing to the log at the read point, since when this role cannot see: rows that are"
                " committed later are not among those that were read.",
            )
        return ReadPoint("postgresql", value, now, writing_since=writers.since), notes

    def _optional(self, sql: str, **parameters: object) -> Any:
        """Return the one value of a SELECT that this account may not be allowed; None then."""
        try:
            with self._connection.begin_nested():
                return self._connection.execute(text(sql), parameters).scalar()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return None

    def _one(self, sql: str, **parameters: object) -> Row[Any]:
        return self._connection.execute(text(sql), parameters).one()

    def _failure(self, error: DBAPIError) -> SourceError:
        return explain(error, self._where)

    def extract(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `table` in order of its key, by COPY; see `Source.extract`."""
        present = self._present(table, columns)
        if not present or self._any_text:
            yield from super().extract(table, columns, window)
            return
        statement = self._select(table, present, window)
        nothing: Any = self.run(statement.limit(0))
        oids = [column.type_code for column in nothing.cursor.description]
        driver: Any = self._connection.connection.driver_connection
        written = self._shown(statement).replace("%%", "%")  # doubled for a driver that is given parameters
        arrow = self._arrow(driver) if comes_alike(table, present, oids) and self._is_long(table) else None
        try:
            if arrow is not None:
                yield from arrow.batches(written, table, present)
            else:
                yield from copy_batches(driver, written, table, present, oids)
        except psycopg.Error as error:
            raise self._failure(DBAPIError(None, None, error)) from None

    def _is_long(self, table: TableSpec) -> bool:
        size = self.sizes().get(table.name)
        return size is not None and (size.bytes or 0) >= _LONG

    def _arrow(self, driver: psycopg.Connection[Any]) -> ArrowConnection | None:
        """Return the second connection, opened when it is first needed; None where there can be none."""
        if not self._arrow_tried:
            self._arrow_tried = True
            with suppress(Exception):  # whatever it is: the first connection reads the same rows by COPY
                self._second = ArrowConnection(driver, self._parameters)
                self._cleanup.callback(self._second.close)
        return self._second if self._second is not None and self._second.is_whole else None

    def sizes(self) -> Mapping[str, Size]:
        """Return rows by the density that ANALYZE last found, and the bytes of today."""
        statement = text(_SIZES).bindparams(schema=self._schema, names=list(self._facts.tables))
        return {row.name: Size(row.rows, row.bytes) for row in self.run(statement)}

    def size(self) -> int:
        """Return the bytes of the database."""
        return int(self.run(text("SELECT pg_database_size(current_database())")).scalar_one())

    def _unusable(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
        if stored is Stored.EPOCH_MS:
            return or_(time.is_(None), time == literal_column("'NaN'::numeric"))
        # In words that an index on the time can answer, which isfinite() is not.
        infinite: list[ColumnElement[Any]] = [literal_column("'infinity'"), literal_column("'-infinity'")]
        return or_(time.is_(None), time.in_(infinite))

    def _bound(self, moment: datetime, stored: Stored) -> Any:
        return Decimal(str(moment.timestamp())) * 1000 if stored is Stored.EPOCH_MS else _naive(moment)

    def _day(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        if stored is Stored.EPOCH_MS:
            return func.floor(time / DAY_MS)
        return cast(time, Date)

    def _exact(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return text.collate("C")


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


class _TimeLoader(Loader):
    """Reads a timestamp; one that Python has no value for (infinity, the year 10000) stays text, and so a bad value."""

    def __init__(self, oid: int, context: psycopg.abc.AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._load = psycopg.adapters.get_loader(oid, Format.TEXT)(oid, context).load  # type: ignore[misc]

    def load(self, data: Buffer) -> Any:
        try:
            return self._load(data)
        except psycopg.DataError:
            return bytes(data).decode("ascii", "replace")


class _AnyTextLoader(Loader):
    """Reads text of a database without an encoding; what is not UTF-8 becomes a bad value of its row alone."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "surrogateescape")


def _arguments(url: URL) -> dict[str, Any]:
    """Return what a connection is made with beside the URL."""
    options = " ".join(filter(None, [str(url.query.get("options", "")), "-c default_transaction_read_only=on"]))
    arguments: dict[str, Any] = {
        "application_name": "auditctl",
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "client_encoding": "utf8",
        "prepare_threshold": None,  # a pooler may give the next transaction to another backend
    }
    return {name: value for name, value in arguments.items() if name not in url.query} | {"options": options}


def _engine(url: URL) -> Engine:
    """Return an engine whose connections begin REPEATABLE READ READ ONLY transactions."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="REPEATABLE READ",
        hide_parameters=True,
        poolclass=NullPool,
        use_native_hstore=False,
        connect_args=_arguments(url),
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, args: Any, kwargs: dict[str, Any]) -> Any:
        try:
            connection = psycopg.connect(*args, **kwargs)
        except psycopg.OperationalError as error:
            if "unsupported startup parameter" not in str(error):  # poolers take no options
                raise
            connection = psycopg.connect(*args, **{**kwargs, "options": url.query.get("options", "")})
        for kind in ("timestamp", "timestamptz"):
            connection.adapters.register_loader(kind, _TimeLoader)
        for kind in ("json", "jsonb"):
            connection.adapters.register_loader(kind, TextLoader)
        return connection

    return engine.execution_options(postgresql_readonly=True)
