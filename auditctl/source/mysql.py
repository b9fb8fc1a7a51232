"""MySQL and MariaDB sources: one REPEATABLE READ read-only transaction for everything of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, create_engine, event, func, literal_column, or_, text
from sqlalchemy.dialects import mysql as mysql_dialect
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from auditctl.errors import SourceError, UsageError
from auditctl.settings.url import redact_url
from auditctl.source.database import DAY_MS, NEVER, DatabaseSource, Size
from auditctl.source.interface import Options, ReadPoint, Role, SourceFacts
from auditctl.source.mysql_connect import connect_arguments
from auditctl.source.mysql_driver import DRIVERNAME
from auditctl.source.mysql_failures import LOCK_TIMEOUT, NO_COLUMN, NO_TABLE, code, explain
from auditctl.source.mysql_replication import Replication, executed, find_replication, server_variables
from auditctl.source.mysql_role import find_role, find_routines
from auditctl.source.probe import require_superset, superset_release
from auditctl.source.tables import Stored, TableSpec, table_specs
from auditctl.source.url_options import understood
from auditctl.text import show

OLDEST: Final = {"MariaDB": (10, 5), "MySQL": (8, 0)}
_LOCK_TIMEOUT_S = 5
_IDLE_TIMEOUT_S = 900
_CONNECT_TIMEOUT_S = 10
_COLUMNS = """
SELECT table_name, column_name, privileges, datetime_precision
FROM information_schema.columns
WHERE table_schema = database() AND table_name IN :names
ORDER BY table_name, ordinal_position
"""
_BYTES = "data_length + index_length"
_OWN_TABLES = "FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'"


class MysqlSource(DatabaseSource):
    """One database of a MySQL or MariaDB server at one read point."""

    dialect = mysql_dialect.dialect()

    def __init__(self, url: URL, options: Options) -> None:
        """Connect, begin the read transaction and find out what the database is.

        Raises:
            SourceError: unreachable, denied, too old, or not a Superset metadata database.
            UsageError: the URL names no database, or a file that cannot be read.
        """
        if not url.database:
            raise UsageError("The source URL names no database", hint="Write mysql://user@host/superset")
        self._where = f"{show(url.username or 'the default account')} at {show(redact_url(str(url)))}"
        with ExitStack() as cleanup:
            engine = _engine(url, options.statement_timeout)
            cleanup.callback(engine.dispose)
            connected = False
            try:
                with understood():
                    self._connection = cleanup.enter_context(engine.connect())
                connected = True
                self._driver: Any = self._connection.connection.driver_connection
                self._recognise(self._find_facts(options))
            except DBAPIError as error:
                raise explain(error, self._where, connected=connected) from None
            self._cleanup = cleanup.pop_all()

    def _find_facts(self, options: Options) -> SourceFacts:
        asked_at = datetime.now(UTC)
        server = self._connection.execute(
            text("SELECT utc_timestamp(6) AS now, version() AS version, database() AS name, current_user() AS role")
        ).one()
        host_clock = asked_at + (datetime.now(UTC) - asked_at) / 2
        now: datetime = server.now.replace(tzinfo=UTC)
        product = self._check_server(server.version)
        tables, whole_seconds = self._find_tables()
        require_superset(tables, self._where)
        variables = server_variables(self._connection)
        replication = find_replication(self._connection, variables, is_mariadb=product == "MariaDB")
        role = find_role(self._connection, server.name, server.role)
        views, kinds = self._find_kinds()
        if "logs" in views:
            role = replace(role, powers=(*role.powers, "logs is a view: what may be done to its table is not known"))
        revision = self._find_revision(tables)
        named = f"mysql\0{variables['server']}\0{server.name}"
        return SourceFacts(
            source_id=hashlib.sha256(named.encode()).hexdigest()[:16],
            alias=options.alias,
            dialect=product.lower(),
            server_version=f"{product} {server.version.partition('-')[0]}",
            superset_version=superset_release(revision),
            profile="superset",
            read_point=self._read_point(product.lower(), now, variables, replication, tables),
            tables=MappingProxyType(tables),
            role=role,
            clock_skew=round((now - host_clock).total_seconds(), 3),
            zone=options.zone,
            revision=revision,
            notes=(*self._find_notes(replication, role, whole_seconds=whole_seconds), *kinds),
        )

    def _check_server(self, version: str) -> str:
        product = "MariaDB" if "mariadb" in version.lower() else "MySQL"
        numbers = tuple(int(part) for part in version.partition("-")[0].split(".")[:2])
        if numbers < OLDEST[product]:
            oldest = ".".join(map(str, OLDEST[product]))
            raise SourceError(
                f"{self._where} is {product} {show(version)}, which is too old",
                hint=f"{product} {oldest} or later can be read; read a copy of it restored there",
            )
        return product

    def _find_tables(self) -> tuple[dict[str, tuple[str, ...]], bool]:
        """Find the tables and columns; those that may not be read go to `denied`. And whether `dttm` is in seconds."""
        specs = table_specs()
        statement = text(_COLUMNS).bindparams(names=tuple(specs))
        found: dict[str, list[str]] = {}
        denied: dict[str, list[str]] = {}
        whole_seconds = False
        for table, column, privileges, precision in self._connection.execute(statement):
            found.setdefault(table, []).append(column)
            if "select" not in privileges:
                denied.setdefault(table, []).append(column)
            whole_seconds |= (table, column, precision) == ("logs", "dttm", 0)
        # What is not granted is not listed either, and must not be taken for missing.
        for name, spec in specs.items():
            if name not in found:
                if self._refused(f"SHOW CREATE TABLE `{name}`", absent=NO_TABLE):
                    denied[name] = list(spec.columns)
                continue
            for column in spec.columns.keys() - set(found[name]):
                # A column alone is refused whether or not it is there, since MariaDB 10.11.19; one to join by is not.
                joined = f"SELECT 1 FROM `{name}` JOIN (SELECT 1 AS `{column}`) AS asked USING (`{column}`) LIMIT 0"
                if self._refused(joined, absent=NO_COLUMN):
                    found[name].append(column)
                    denied.setdefault(name, []).append(column)
        self._denied = denied
        return {name: tuple(columns) for name, columns in found.items()}, whole_seconds

    def _refused(self, sql: str, *, absent: int) -> bool:
        """Return whether something is there, or may be, that this account is refused."""
        try:
            self._connection.exec_driver_sql(sql).close()
        except DBAPIError as error:
            if error.connection_invalidated or code(error) == LOCK_TIMEOUT:
                raise
            return code(error) != absent
        return True

    def _read_point(
        self,
        kind: str,
        now: datetime,
        variables: Mapping[str, str],
        replication: Replication,
        tables: Mapping[str, Sequence[str]],
    ) -> ReadPoint:
        status = self._connection.execute(text("SHOW STATUS LIKE 'binlog_snapshot%'"))
        snapshot = {name.lower(): value for name, value in status}
        known = {"server": variables["server"], "clock": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"}
        if file := snapshot.get("binlog_snapshot_file"):
            known = {"binlog": f"{file}:{snapshot['binlog_snapshot_position']}", **known}
        # The snapshot's own set is not told; what holds before and after is it.
        elif (done := executed(variables)) and executed(server_variables(self._connection)) == done:
            known = {"gtid": "".join(done.split()), **known}
        value = " ".join(f"{name}:{part}" for name, part in known.items())
        if not replication.follows:
            return ReadPoint(kind, value, now)
        lag = replication.lag
        reached = now - timedelta(seconds=lag) if lag is not None else self._newest_row(tables) or NEVER
        reached = min(now, reached)
        return ReadPoint(f"{kind}-standby", value, reached, standby=True, lag=(now - reached).total_seconds())

    def _find_notes(self, replication: Replication, role: Role, *, whole_seconds: bool) -> Iterator[str]:
        if whole_seconds:
            yield (
                "This database keeps times of the log in whole seconds: within a second the order of rows is that of"
                " their ids."
            )
        if not replication.is_certain and not replication.follows:
            yield "Whether this server follows another, and may be behind it, this account cannot see."
        routines = [] if role.may_modify else find_routines(self._connection)
        if routines:
            more = ", ..." if len(routines) > 3 else ""
            yield (
                "This account may run routines with the rights of their definer; what they do was not looked at:"
                f" {', '.join(map(show, routines[:3]))}{more}."
            )

    def _find_kinds(self) -> tuple[list[str], list[str]]:
        """Return the views among the tables that are read, and what to note of those that are no InnoDB tables."""
        listed = text(
            "SELECT table_name, table_type, engine FROM information_schema.tables"
            " WHERE table_schema = database() AND table_name IN :names ORDER BY table_name"
        ).bindparams(names=tuple(table_specs()))
        rows = self._connection.execute(listed).all()
        views = [name for name, kind, _ in rows if kind == "VIEW"]
        notes = [
            f"{name} is no table but a view: what it leaves out is not seen, nor who may change what lies behind."
            for name in views
        ]
        notes += [
            f"The table {name} is kept by {show(engine)}, which has no read point: rows may change meanwhile."
            for name, kind, engine in rows
            if kind != "VIEW" and engine != "InnoDB"
        ]
        return views, notes

    def _give_up(self) -> None:
        # The protocol cannot take a result back, and the driver would read all the rest of it. Who stops needs the
        # connection no more.
        self._driver.give_up()
        if not self._connection.invalidated:
            self._connection.invalidate()

    def indexes(self, table: TableSpec) -> tuple[tuple[str, ...], ...]:
        """Return the columns of each index of a table, beside that of its key: those that this account may read."""
        statement = text(
            "SELECT index_name, column_name FROM information_schema.statistics WHERE table_schema = database()"
            " AND table_name = :name AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index"
        ).bindparams(name=table.name)
        found: dict[str, list[str]] = {}
        rows: Any = self.run(statement)
        for index, column in rows:
            found.setdefault(index, []).append(column or "")
        return tuple(tuple(columns) for columns in found.values())

    def sizes(self) -> Mapping[str, Size]:
        """Return what information_schema says of each table; for InnoDB the rows are a rough estimate."""
        found: Any = self.run(text(f"SELECT table_name, table_rows, {_BYTES} {_OWN_TABLES}"))
        return {name: Size(rows, None if size is None else int(size)) for name, rows, size in found}

    def size(self) -> int:
        """Return the bytes of the tables that this account may see."""
        return int(self.run(text(f"SELECT coalesce(sum({_BYTES}), 0) {_OWN_TABLES}")).scalar_one())

    def _failure(self, error: DBAPIError) -> SourceError:
        return explain(error, self._where)

    def _unusable(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
        if stored is Stored.EPOCH_MS:
            return time.is_(None)
        # MySQL has days and months zero.
        return or_(time.is_(None), func.month(time) == 0, func.dayofmonth(time) == 0)

    def _bound(self, moment: datetime, stored: Stored) -> Any:
        if stored is Stored.EPOCH_MS:
            return Decimal(str(moment.timestamp())) * 1000
        return moment.astimezone(UTC).replace(tzinfo=None)

    def _day(self, time: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        if stored is Stored.EPOCH_MS:
            return func.floor(time / DAY_MS)
        return func.date(time)

    def _exact(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        # Collations here take LOG for log, and 'log ' as well.
        return literal_column(f"CAST(CONVERT({text.compile(dialect=self.dialect)} USING utf8mb4) AS BINARY)")


def _engine(url: URL, statement_timeout: timedelta) -> Engine:
    """Return an engine whose connections can only read, in transactions with a consistent snapshot."""
    seconds = int(statement_timeout.total_seconds())
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "read_timeout": _CONNECT_TIMEOUT_S,  # for something there that is no server; set anew when one has answered
        "program_name": "auditctl",
    }
    engine = create_engine(
        url.set(drivername=DRIVERNAME, query={}),
        isolation_level="REPEATABLE READ",
        hide_parameters=True,
        poolclass=NullPool,
        connect_args=arguments | connect_arguments(url),
    )

    @event.listens_for(engine, "connect")
    def _guard(driver: Any, _record: object) -> None:
        driver.set_read_timeout(seconds + 60 if seconds else None)
        limit = f"max_statement_time={seconds}"
        if "mariadb" not in driver.get_server_info().lower():
            limit = f"max_execution_time={seconds * 1000}"
        with closing(driver.cursor()) as cursor:
            # Without modes of the server's own, and so that SHOW GRANTS writes names in one way.
            cursor.execute("SET SESSION sql_mode='', sql_quote_show_create=1")
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute(
                f"SET SESSION time_zone='+00:00', {limit}, lock_wait_timeout={_LOCK_TIMEOUT_S},"
                f" innodb_lock_wait_timeout={_LOCK_TIMEOUT_S}, wait_timeout={_IDLE_TIMEOUT_S}"
            )
        driver.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    return engine
