"""Rows of SQLite in bulk, column by column; any column may hold values of any type, and text that is no UTF-8.

Text comes as bytes from the file, which Arrow checks in one go. So that it can be told from a blob, which comes as
`bytes`, it is fetched as `bytearray`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from auditctl.source.convert import typed_batch
from auditctl.source.tables import Stored, TableSpec

_ROWS: Final = 4_000
"""Rows that are fetched at a time."""
_HELD_AS: Final = {Stored.INTEGER: int, Stored.TEXT: bytearray, Stored.UTC: bytearray, Stored.LOCAL: bytearray}
"""Stored -> what alone, beside NULL, is converted in one go."""


def row_batches(
    connection: sqlite3.Connection, statement: str, table: TableSpec, present: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Yield what the SELECT `statement` of the columns `present` finds.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    cursor = connection.execute(statement)
    try:
        while rows := _fetch(connection, cursor):
            columns = {
                name: _column(column, table.columns[name])
                for name, column in zip(present, zip(*rows, strict=True), strict=True)
            }
            yield typed_batch(table, columns, len(rows))
    finally:
        cursor.close()


def lenient_text(raw: bytes | bytearray) -> str:
    """Return text; bytes that are no UTF-8 become surrogates, which a batch then reports."""
    return raw.decode("utf-8", "surrogateescape")


def _fetch(connection: sqlite3.Connection, cursor: sqlite3.Cursor) -> list[Any]:
    text, connection.text_factory = connection.text_factory, bytearray
    try:
        return cursor.fetchmany(_ROWS)
    finally:
        connection.text_factory = text


def _column(column: Sequence[Any], stored: Stored) -> pa.Array | list[Any]:
    """Return values in their declared type; or as the driver has them, where that needs a look at each."""
    # Asked first, because pyarrow takes blobs for text and cuts 1.5 down to 1.
    if set(map(type, column)) <= {_HELD_AS.get(stored), type(None)}:
        try:
            if stored is Stored.INTEGER:
                return pa.array(column, pa.int64())
            return pa.array(column, pa.binary()).cast(pa.string()).cast(stored.arrow)
        except pa.ArrowInvalid:  # no UTF-8, or no time
            pass
    return [lenient_text(value) if type(value) is bytearray else value for value in column]
