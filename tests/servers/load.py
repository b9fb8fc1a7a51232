"""Copy a Superset metadata database from SQLite into a server, with the types that Superset itself uses there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Table, func, select, text

from .schema import open_read_only, server_tables
from .server import Server
from .values import MisfitError, conversion


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of a SQLite table that no typed database can hold; `id` is its rowid, which is also its column `id`."""

    table: str
    id: int
    reason: str


def load(sqlite: Path, server: Server, database: str) -> tuple[LeftOut, ...]:
    """Fill the empty `database` with the tables and rows of `sqlite` and return the rows that were left out.

    A row is left out of every server alike where one of its values does not fit the type of its column. MariaDB cuts
    the microseconds off, as it does for Superset.
    """
    tables = server_tables(sqlite)
    left_out: list[LeftOut] = []
    with closing(open_read_only(sqlite)) as source, server.connect(database) as connection:
        source.text_factory = _text_or_bytes
        tables.create_all(connection)
        fill = _fill_postgresql if server.kind == "postgresql" else _fill_mariadb
        for table in tables.sorted_tables:
            fill(connection, table, _fitting(source, table, left_out))
        # A server that has worked for a while knows how large its tables are.
        if server.kind == "postgresql":
            connection.execute(text("ANALYZE"))
    return tuple(left_out)


def _fitting(source: sqlite3.Connection, table: Table, left_out: list[LeftOut]) -> list[list[Any]]:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    conversions = [conversion(column.type) for column in table.columns]
    rows = []
    for rowid, *values in source.execute(f'SELECT rowid, {names} FROM "{table.name}" ORDER BY rowid'):
        row: list[Any] = []
        try:
            for value, convert in zip(values, conversions, strict=True):
                row.append(None if value is None else convert(value))
        except MisfitError as error:
            left_out.append(LeftOut(table.name, rowid, f"{table.columns[len(row)].name}: {error}"))
        else:
            rows.append(row)
    return rows


def _fill_postgresql(connection: Connection, table: Table, rows: list[list[Any]]) -> None:
    raw: Any = connection.connection.driver_connection
    names = SQL(", ").join(Identifier(column.name) for column in table.columns)
    copy = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), names)
    with raw.cursor() as cursor, cursor.copy(copy) as target:
        for row in rows:
            target.write_row(row)
    counted = table.autoincrement_column
    # The next row that is inserted gets the next id, as if the server had given these.
    if counted is not None and rows:
        sequence = func.pg_get_serial_sequence(table.name, counted.name)
        connection.execute(select(func.setval(sequence, func.max(counted))))


def _fill_mariadb(connection: Connection, table: Table, rows: list[list[Any]]) -> None:
    raw: Any = connection.connection.driver_connection
    names = ", ".join(f"`{column.name}`" for column in table.columns)
    places = ", ".join("%s" for _ in table.columns)
    with raw.cursor() as cursor:
        cursor.executemany(f"INSERT INTO `{table.name}` ({names}) VALUES ({places})", [_as_bytes(row) for row in rows])


def _as_bytes(row: list[Any]) -> list[Any]:
    return [value.bytes if isinstance(value, UUID) else value for value in row]


def _text_or_bytes(stored: bytes) -> str | bytes:
    """Return text as SQLite has it; what is no UTF-8 stays bytes, which no column for text takes."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
