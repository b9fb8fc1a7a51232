"""Long tables of PostgreSQL by a second connection, which reads Arrow in the snapshot of the first.

A driver that fills Arrow from the binary form of COPY takes a quarter of the time that it takes to take the text apart.
It has a connection of its own, so that connection is held to everything the first one is: the settings are copied from
it, and nothing is read before both say the same about where they are and what they may do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any, Final

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import postgres, sql
from psycopg.conninfo import make_conninfo

from auditctl.source.convert import typed_batch
from auditctl.source.tables import Stored, TableSpec

_BATCH: Final = 4_000_000
"""Bytes of a batch, about."""
_READ_ALIKE: Final = {
    Stored.TEXT: ("text", "varchar", "json", "jsonb"),
    Stored.INTEGER: ("int2", "int4", "int8"),
    Stored.BOOLEAN: ("bool",),
    Stored.UTC: ("timestamp",),
    Stored.LOCAL: ("timestamp",),
}
"""Stored -> types of the server that come as what they are. The others (a number as text, a UUID as bytes) do not."""
_NOT_LIBPQ: Final = ("autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory")
"""What psycopg.connect takes beside the parameters of a connection."""
_COPIED: Final = (
    "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone", "DateStyle", "row_security",
    "search_path",
)  # fmt: skip
_TRANSACTION: Final = {"adbc.connection.autocommit": "false"}
# Before the transaction's own: the driver reads the catalogue of types when it connects.
_SESSION: Final = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
    " -c search_path=pg_catalog,pg_temp"
)
# Whether it is the same server, database, account and snapshot, and as well encrypted; and the settings.
_PLACE: Final = f"""
SELECT concat_ws(' ', current_database(), current_user, session_user, pg_postmaster_start_time(), pg_current_snapshot(),
    pg_is_in_recovery(), current_setting('transaction_isolation'), current_setting('transaction_read_only'),
    (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
    (SELECT encrypted FROM pg_stat_gssapi WHERE pid = pg_backend_pid())),
    {", ".join(f"current_setting('{name}') AS {name}" for name in _COPIED)}
"""
_MAY_EXPORT: Final = "SELECT has_function_privilege('pg_export_snapshot()', 'EXECUTE')"
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999, in microseconds since 1970."""
_NO_TIME: Final = "a time that has no date"


def comes_alike(table: TableSpec, present: Sequence[str], oids: Sequence[int]) -> bool:
    """Return whether columns of these types come by Arrow as a cursor has them."""
    return all(
        oid in {postgres.types[name].oid for name in _READ_ALIKE.get(table.columns[column], ())}
        for column, oid in zip(present, oids, strict=True)
    )


class ArrowConnection:
    """A second connection in the snapshot of the first."""

    is_whole = True
    """Whether it can be read from: not after a read that was not followed to its end."""

    def __init__(self, first: psycopg.Connection[Any], parameters: Mapping[str, Any]) -> None:
        """Connect as the first connection did, join its snapshot, and see that it is as well guarded.

        Args:
            first: In its read transaction, which has to outlive this one.
            parameters: What it was connected with.

        Raises:
            psycopg.Error: the first connection may not export its snapshot.
            Exception: the driver is not there, cannot connect, or came to another place; the first is none the worse.
        """
        import adbc_driver_manager
        import adbc_driver_postgresql
        from adbc_driver_manager._reader import AdbcRecordBatchReader  # the public way to it loses the server's code

        self._driver, self._reader = adbc_driver_manager, AdbcRecordBatchReader
        self._options = {adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(_BATCH)}
        with first.transaction():  # so that the first is none the worse for what it may not ask
            (backend,) = first.execute("SELECT pg_backend_pid()").fetchone() or (None,)
            place, *settings = first.execute(_PLACE).fetchone() or (None,)
            may = first.execute("SELECT has_function_privilege('pg_export_snapshot()', 'EXECUTE')").fetchone() == (
                True,
            )
        if backend != first.info.backend_pid:
            raise ConnectionError("a pooler speaks with a backend of its own choice, and may have none left")
        if not may:
            raise PermissionError("this role may not export its snapshot")
        (snapshot,) = first.execute("SELECT pg_export_snapshot()").fetchone() or (None,)
        with ExitStack() as cleanup:
            database = cleanup.enter_context(adbc_driver_postgresql.connect(_conninfo(first, parameters)))
            self._connection = cleanup.enter_context(adbc_driver_manager.AdbcConnection(database, **_TRANSACTION))
            self._tell("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._tell(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot).as_string(first))
            for name, setting in zip(_COPIED, settings, strict=True):
                self._ask(sql.SQL("SELECT set_config({}, {}, true)").format(name, setting).as_string(first))
            if self._ask(_PLACE) != (place, *settings):
                raise ConnectionError("the second connection came to another place")
            self._cleanup = cleanup.pop_all()

    def batches(self, statement: str, table: TableSpec, present: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield what the SELECT `statement` of the columns `present` finds; the next is read while one is looked at.

        Raises:
            psycopg.Error: the server failed, or the connection.
        """
        with self._driver.AdbcStatement(self._connection) as sent, ThreadPoolExecutor(1) as reader:
            sent.set_options(**self._options)
            stream: pa.RecordBatchReader | None = None
            try:
                # In a thread of its own: who waits for the driver itself hears no signal.
                stream = reader.submit(self._send, sent, statement).result()
                ahead = reader.submit(_next, stream)
                while (batch := ahead.result()) is not None:
                    ahead = reader.submit(_next, stream)
                    columns = {name: _column(batch.column(at)) for at, name in enumerate(present)}
                    yield typed_batch(table, columns, batch.num_rows)
            except self._driver.Error as error:
                raise _as_of_psycopg(error) from None
            except BaseException:
                self.is_whole = False
                sent.cancel()
                # A server that waits for its rows to be fetched hears of it only once they are.
                with suppress(self._driver.Error):
                    while stream is not None and reader.submit(_next, stream).result() is not None:
                        pass
                raise

    def close(self) -> None:
        """End its transaction."""
        with suppress(Exception):  # nothing is lost with a connection that is already gone
            self._cleanup.close()

    def _send(self, sent: Any, statement: str) -> pa.RecordBatchReader:
        sent.set_sql_query(statement)
        stream, _ = sent.execute_query()
        return self._reader._import_from_c(stream.address)

    def _tell(self, statement: str) -> None:
        with self._driver.AdbcStatement(self._connection) as sent:
            sent.set_sql_query(statement)
            sent.execute_update()

    def _ask(self, statement: str) -> tuple[Any, ...]:
        with self._driver.AdbcStatement(self._connection) as sent:
            (answer,) = self._send(sent, statement).read_all().to_pylist()
        return tuple(answer.values())


def _conninfo(first: psycopg.Connection[Any], parameters: Mapping[str, Any]) -> str:
    """Return what the first connection was made with; its password goes to the driver alone."""
    given = {name: value for name, value in parameters.items() if name not in _NOT_LIBPQ}
    if first.pgconn.ssl_in_use and not str(given.get("sslmode", "")).startswith("verify-"):
        given["sslmode"] = "require"  # where it was preferred, and was had
    return make_conninfo(**{**given, "options": f"{given.get('options', '')} {_SESSION}"})


def _next(stream: pa.RecordBatchReader) -> pa.RecordBatch | None:
    try:
        return stream.read_next_batch()  # which knows the server's errors, as iterating does not
    except StopIteration:
        return None


def _column(array: pa.Array) -> pa.Array | list[Any]:
    """Return a column in its declared type, or as Python has it where a time has no date."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_integer(array.type):
        return array.cast(pa.int64())
    if pa.types.is_timestamp(array.type):
        numbers = array.cast(pa.int64())
        found = pc.min_max(numbers).as_py()
        if found["min"] is not None and (found["min"] < _FIRST or found["max"] > _LAST):
            dated = pc.and_(pc.greater_equal(numbers, _FIRST), pc.less_equal(numbers, _LAST)).to_pylist()
            kept = pc.if_else(pa.array(dated, pa.bool_()), array, None).to_pylist()
            return [_NO_TIME if good is False else value for good, value in zip(dated, kept, strict=True)]
    return array


def _as_of_psycopg(error: Any) -> psycopg.Error:
    """Return an error of the server as the first connection would have met it."""
    details = {name: value.decode("utf-8", "replace") for name, value in error.details or ()}
    words = details.get(b"PG_DIAG_MESSAGE_PRIMARY", "") or str(error)
    try:
        return psycopg.errors.lookup(error.sqlstate or "")(words)
    except KeyError:
        return psycopg.OperationalError(words)
