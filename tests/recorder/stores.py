"""Audit databases made by the script of `ddl`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool
from superset_audit_recorder.ddl import Month, ddl

from tests.servers.server import Server

MONTHS = [Month(2026, 9).plus(number) for number in range(4)]


@dataclass(frozen=True)
class Store:
    """An audit database, its two roles, and its owner."""

    owner: URL
    writer: URL
    reader: URL

    def run(self, statement: str, by: URL | None = None) -> list[tuple[Any, ...]]:
        """Run a statement, by the owner where nobody else is named, and return its rows."""
        engine = create_engine(by or self.owner, poolclass=NullPool)
        with engine.begin() as connection:
            result = connection.execute(text(statement.replace(":", r"\:")))
            return [tuple(row) for row in result] if result.returns_rows else []

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as the reader sees them, in the order of their ids."""
        engine = create_engine(self.reader, poolclass=NullPool)
        with engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql("SELECT * FROM logs ORDER BY id").mappings()]


@contextmanager
def server_store(server: Server, *, this_month: bool = False) -> Iterator[Store]:
    """Give a store on a server, made as an administrator would, for the months of the tests or for the present."""
    months = [Month.of(datetime.now(UTC).date()).plus(number) for number in range(2)] if this_month else MONTHS
    name = server.create_database()
    owner, writer, reader = (f"{role}_{name[2:]}" for role in ("o", "w", "r"))
    dialect = "postgresql" if server.kind == "postgresql" else "mysql"
    try:
        if dialect == "postgresql":
            server.run(f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'o'", f"ALTER DATABASE {name} OWNER TO {owner}")
            server.run(f"GRANT CREATE ON SCHEMA public TO {owner}", database=name)
        else:
            server.run(
                f"CREATE USER '{owner}'@'%' IDENTIFIED BY 'o'",
                f"GRANT ALL ON {name}.* TO '{owner}'@'%'",
            )
        store = Store(*(server.url(name, role, "o") for role in (owner, writer, reader)))
        # On MariaDB an account of every right: its binary log is on.
        maker = None if dialect == "postgresql" else server.url(name)
        for statement in statements(ddl(dialect, months, writer, reader)):
            store.run(statement, maker)
        for role in (writer, reader):
            if dialect == "postgresql":
                server.run(f"ALTER ROLE {role} PASSWORD 'o'")
            else:
                server.run(f"ALTER USER '{role}'@'%' IDENTIFIED BY 'o' ACCOUNT UNLOCK")
        yield store
    finally:
        server.drop_database(name)
        kind = "ROLE" if dialect == "postgresql" else "USER"
        for role in (writer, reader, owner):
            quoted = role if dialect == "postgresql" else f"'{role}'@'%'"
            server.run(f"DROP {kind} IF EXISTS {quoted}")


def file_store(path: Path) -> Store:
    """Return a store in a file of SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ddl("sqlite", [], "writer", "reader"))
    url = URL.create("sqlite", database=str(path))
    return Store(url, url, url)


def statements(script: str) -> list[str]:
    """Return the statements of a script for a server."""
    bare = re.sub(r"^--.*\n", "", script, flags=re.MULTILINE)
    return [part.strip() for part in re.split(r";\n", bare) if part.strip()]
