"""One database server of the test run: its address, and what its administrator does there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import NullPool

Kind = Literal["postgresql", "mariadb"]

_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}
_PATIENCE: Final = {"postgresql": "SET lock_timeout = '20s'", "mariadb": "SET SESSION lock_wait_timeout = 20"}
_OWN_DATABASES: Final = {"postgresql": "postgres", "mariadb": "mysql"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server on the loopback interface; `admin` may do everything there, `version` is like 15.18."""

    kind: Kind
    host: str
    port: int
    admin: str
    password: str = field(repr=False)
    version: str

    def url(self, database: str, user: str | None = None, password: str | None = None) -> URL:
        """Return the address of a database, for `user` with `password`, or else for the administrator."""
        if user is None:
            user, password = self.admin, self.password
        return URL.create(_DRIVERS[self.kind], user, password, self.host, self.port, database)

    @contextmanager
    def connect(self, database: str | None = None) -> Iterator[Connection]:
        """Give the administrator's connection, every statement of which is committed at once.

        Without a database it is to the server's own (postgres, mysql).
        """
        url = self.url(database or _OWN_DATABASES[self.kind])
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                # A test that forgot to close a source would wait for it for ever.
                connection.exec_driver_sql(_PATIENCE[self.kind])
                yield connection
        finally:
            engine.dispose()

    def run(self, *statements: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run statements as the administrator, each committed at once, and return the rows of the last one.

        A colon before a word is written as `\\:`, or else it names a parameter.
        """
        rows: list[tuple[Any, ...]] = []
        with self.connect(database) as connection:
            for statement in statements:
                result = connection.execute(text(statement))
                rows = [tuple(row) for row in result] if result.returns_rows else []
        return rows

    def create_database(self, name: str | None = None) -> str:
        """Make an empty database and return its name: a new one where none is given."""
        name = name or self.fresh_name()
        self.run(f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database; on PostgreSQL also the connections that are still open to it."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)" if self.kind == "postgresql" else f"DROP DATABASE {name}")

    @staticmethod
    def fresh_name(prefix: str = "t") -> str:
        """Return a name for a database or a role that no other test of this run has."""
        return f"{prefix}_{secrets.token_hex(6)}"
