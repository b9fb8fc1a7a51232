"""Records in a database of their own, as rows that are only ever added."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, DateTime, MetaData, String, Table, Text, create_engine
from sqlalchemy import Column as SqlColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.elements import quoted_name

from superset_audit_recorder.chain import Head, link
from superset_audit_recorder.record import Record
from superset_audit_recorder.settings import ConfigError
from superset_audit_recorder.sinks import RecordRefusedError
from superset_audit_recorder.table import COLUMNS, row_of
from superset_audit_recorder.writer_file import new_writer_id

_TYPES: Final[Mapping[str, Any]] = {
    "integer": BigInteger(),
    "flag": Boolean(create_constraint=False),
    "time": DateTime(),
    "words": String(),
    "text": Text(),
}
_CONNECT: Final[Mapping[str, Mapping[str, Any]]] = {
    # A server that vanished without a word must not hold records up for hours.
    "postgresql": {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
    "mysql": {"connect_timeout": 10, "read_timeout": 30, "write_timeout": 30},
    "sqlite": {"timeout": 10},
}
_UNIQUE: Final = ("23505", 1062)


class DatabaseSink:
    """Inserts batches, each in one transaction, as a role that may do nothing else; needs the table of `ddl`.

    The rows of one process are one hash chain. What is offered again after an answer got lost is the same row with the
    same number, which the table refuses: it is there already.
    """

    name = "database"

    def __init__(self, uri: str) -> None:
        """Connect to nothing yet.

        Raises:
            ConfigError: that is no address of a database.
        """
        try:
            url = make_url(uri)
        except ArgumentError:  # whose text may hold the password
            raise ConfigError("AUDIT_DATABASE_URI is not the address of a database.") from None
        arguments = {**_CONNECT.get(url.get_backend_name(), {})}
        arguments = {name: value for name, value in arguments.items() if name not in url.query}
        self._engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
        columns = [
            SqlColumn(quoted_name(column.name, quote=True), _TYPES[column.kind])
            for column in COLUMNS
            if column.kind != "key"  # the writer may not read back what number a row was given
        ]
        self._table = Table("logs", MetaData(), *columns)
        self._process: int | None = None
        self._head = Head("")

    def deliver(self, records: Sequence[Record]) -> None:
        """Insert records.

        Raises:
            RecordRefusedError: the database cannot hold one of them.
            Exception: it did not take them now.
        """
        if self._process != os.getpid():
            self._process, self._head = os.getpid(), Head(new_writer_id())
        rows, head = link([row_of(record) for record in records], self._head)
        try:
            self._insert(rows)
        except IntegrityError as error:
            if not _is_there(error):
                raise
            for row in rows:
                self._insert_unless_there(row)
        except (DataError, OverflowError) as error:
            raise RecordRefusedError(str(error).splitlines()[0]) from None
        self._head = head

    def _insert_unless_there(self, row: dict[str, Any]) -> None:
        try:
            self._insert([row])
        except IntegrityError as error:
            if not _is_there(error):
                raise

    def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        with self._engine.begin() as connection:
            connection.execute(self._table.insert(), rows)


def _is_there(error: IntegrityError) -> bool:
    """Return whether a row with the same writer and number is in the table: nobody else has this writer's name."""
    cause: Any = error.orig
    said = (getattr(cause, "sqlstate", None), getattr(cause, "pgcode", None), *getattr(cause, "args", ())[:1])
    return any(code in _UNIQUE for code in said) or "UNIQUE constraint failed" in str(cause)
