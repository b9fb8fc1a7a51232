from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from .databases import Databases
from .load import LeftOut
from .server import Server

FIXTURE = Path(__file__).parents[1] / "data" / "superset-6.1-metadata.sqlite"

# What Superset's migrations make on each server.
TYPES = {
    "postgresql": {
        "logs.id": "integer",
        "logs.action": "character varying(512)",
        "logs.json": "text",
        "logs.dttm": "timestamp without time zone",
        "ab_user.active": "boolean",
        "query.start_time": "numeric(20,6)",
        "dashboards.uuid": "uuid",
        "dbs.password": "bytea",
        "tables.folders": "json",
    },
    "mariadb": {
        "logs.id": "int(11)",
        "logs.action": "varchar(512)",
        "logs.json": "mediumtext",
        "logs.dttm": "datetime",
        "ab_user.active": "tinyint(1)",
        "query.start_time": "decimal(20,6)",
        "dashboards.uuid": "binary(16)",
        "dbs.password": "longblob",
        "tables.folders": "longtext",
    },
}
COLUMN_TYPES = {
    "postgresql": "SELECT attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod) FROM pg_attribute"
    " WHERE attrelid::regclass::text IN ('logs', 'ab_user', 'query', 'dashboards', 'dbs', 'tables')",
    "mariadb": "SELECT concat(table_name, '.', column_name), column_type FROM information_schema.columns"
    " WHERE table_schema = database()",
}


def from_sqlite(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def quoted(name: str, server: Server) -> str:
    return f'"{name}"' if server.kind == "postgresql" else f"`{name}`"


def as_kept(name: str, kind: str, server: Server) -> str:
    """Return the SQL for what SQLite holds in a column, less what the server cannot keep."""
    return f'substr("{name}", 1, 19)' if kind == "DATETIME" and server.kind == "mariadb" else f'"{name}"'


def as_text(name: str, kind: str, server: Server) -> str:
    """Return the SQL for a column of the server, with JSON as text: psycopg would parse it."""
    return f'"{name}"::text' if kind == "JSON" and server.kind == "postgresql" else quoted(name, server)


def plain(row: tuple[Any, ...], server: Server) -> tuple[Any, ...]:
    """Return a row of the server with values as SQLite's driver has them."""
    precision = "microseconds" if server.kind == "postgresql" else "seconds"

    def of(value: Any) -> Any:
        match value:
            case datetime():
                return value.isoformat(" ", precision)
            case Decimal():
                return float(value)
            case UUID():
                return value.bytes
        return value

    return tuple(of(value) for value in row)


def test_the_columns_have_the_types_that_superset_gives_them(server: Server, databases: Databases) -> None:
    found = dict(databases.shared(server, FIXTURE).run(COLUMN_TYPES[server.kind]))
    assert {name: found[name] for name in TYPES[server.kind]} == TYPES[server.kind]


def test_a_server_holds_every_row_of_every_table(server: Server, databases: Databases) -> None:
    loaded = databases.shared(server, FIXTURE)
    tables = [name for (name,) in from_sqlite(FIXTURE, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert len(tables) == 54
    for table in tables:
        columns = {name: kind for _, name, kind, *_ in from_sqlite(FIXTURE, f"PRAGMA table_info({table})")}
        kept = ", ".join(as_kept(name, kind, server) for name, kind in columns.items())
        wanted = "WHERE id <> 205" if table == "logs" else ""
        stored = from_sqlite(FIXTURE, f'SELECT {kept} FROM "{table}" {wanted}')
        texts = ", ".join(as_text(name, kind, server) for name, kind in columns.items())
        found = loaded.run(f"SELECT {texts} FROM {quoted(table, server)}")
        assert sorted((plain(row, server) for row in found), key=repr) == sorted(stored, key=repr), table


def test_the_one_row_that_postgresql_refused_is_left_out_everywhere(server: Server, databases: Databases) -> None:
    left_out = databases.shared(server, FIXTURE).left_out
    assert left_out == (LeftOut("logs", 205, "dashboard_id: out of the range of integer"),)


def test_rows_that_no_typed_database_takes_are_left_out_and_named(
    server: Server, databases: Databases, tmp_path: Path
) -> None:
    path = tmp_path / "misfits.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE logs (id INTEGER NOT NULL PRIMARY KEY, action VARCHAR(5), json TEXT, dttm DATETIME, n INTEGER);
            INSERT INTO logs VALUES (1, 'größe', '\U0001f600', '2026-11-24 01:56:35.999999', -2147483648);
            INSERT INTO logs VALUES (2, 'longer', NULL, NULL, NULL);
            INSERT INTO logs VALUES (3, NULL, 'a' || char(0) || 'b', NULL, NULL);
            INSERT INTO logs VALUES (4, NULL, CAST(x'ff' AS TEXT), NULL, NULL);
            INSERT INTO logs VALUES (5, NULL, NULL, 'yesterday', NULL);
            INSERT INTO logs VALUES (6, NULL, NULL, '2026-11-24 01:56:35+00:00', NULL);
            INSERT INTO logs VALUES (7, NULL, NULL, NULL, 2147483648);
            INSERT INTO logs VALUES (8, NULL, NULL, NULL, 'many');
            """
        )
    with databases.private(server, path) as loaded:
        assert loaded.left_out == (
            LeftOut("logs", 2, "action: longer than 5 characters"),
            LeftOut("logs", 3, "json: NUL in text"),
            LeftOut("logs", 4, "json: not text"),
            LeftOut("logs", 5, "dttm: not a date and time"),
            LeftOut("logs", 6, "dttm: a date and time with an offset"),
            LeftOut("logs", 7, "n: out of the range of integer"),
            LeftOut("logs", 8, "n: not an integer"),
        )
        microsecond = 999_999 if server.kind == "postgresql" else 0
        at = datetime(2026, 11, 24, 1, 56, 35, microsecond)  # noqa: DTZ001
        assert loaded.run("SELECT * FROM logs") == [(1, "größe", "\U0001f600", at, -(2**31))]


def test_a_private_copy_is_changed_alone_and_goes_on_counting(server: Server, databases: Databases) -> None:
    shared = databases.shared(server, FIXTURE)
    with databases.private(server, FIXTURE) as private:
        private.run("INSERT INTO logs (action) VALUES ('one more')")
        assert private.run("SELECT id FROM logs WHERE action = 'one more'") == [(207,)]
        private.run("DELETE FROM logs WHERE id < 207")
        assert shared.run("SELECT count(*), max(id) FROM logs") == [(205, 206)]
    with pytest.raises(OperationalError, match=private.database):
        private.run("SELECT 1")


def test_the_names_of_a_mariadb_are_compared_without_regard_to_case(mariadb: Server, databases: Databases) -> None:
    found = databases.shared(mariadb, FIXTURE).run("SELECT count(*) FROM ab_user WHERE username = 'ADMIN'")
    assert found == [(1,)]
