"""Databases that hold what a SQLite file holds: one shared by all tests of a run, or a copy for one test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from .load import LeftOut, load
from .server import Server
from .session import one_at_a_time


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database with the rows of a SQLite file, except those that no typed database can hold."""

    server: Server
    database: str
    left_out: tuple[LeftOut, ...]

    def url(self, user: str | None = None, password: str | None = None) -> URL:
        """Return its address, for `user` with `password`, or else for the administrator."""
        return self.server.url(self.database, user, password)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in it as the administrator, see `Server.run`."""
        return self.server.run(*statements, database=self.database)


@dataclass(frozen=True, slots=True)
class Databases:
    """The databases of one test run; `folder` is shared by all its workers."""

    folder: Path

    def shared(self, server: Server, sqlite: Path) -> Loaded:
        """Return the one database with the rows of `sqlite`, for reading only; the first to ask loads it."""
        name = hashlib.sha256(sqlite.read_bytes()).hexdigest()[:16]
        known = self.folder / f"{server.kind}-{name}.json"
        with one_at_a_time(known.with_suffix(".lock")):
            if not known.exists():
                server.create_database(f"shared_{name}")
                left_out = load(sqlite, server, f"shared_{name}")
                if server.kind == "postgresql":
                    # It copies only a database that nobody is connected to.
                    server.run(f"CREATE DATABASE template_{name} TEMPLATE shared_{name}")
                known.write_text(json.dumps([asdict(row) for row in left_out]), encoding="utf-8")
        return Loaded(server, f"shared_{name}", tuple(LeftOut(**row) for row in json.loads(known.read_bytes())))

    @contextmanager
    def private(self, server: Server, sqlite: Path) -> Iterator[Loaded]:
        """Give a database with the rows of `sqlite` that nobody else uses, and drop it afterwards."""
        shared = self.shared(server, sqlite)
        private = replace(shared, database=server.fresh_name("private"))
        copy = _copy_postgresql if server.kind == "postgresql" else _copy_mariadb
        copy(shared, private.database)
        try:
            yield private
        finally:
            server.drop_database(private.database)


def _copy_postgresql(shared: Loaded, name: str) -> None:
    shared.server.run(f"CREATE DATABASE {name} TEMPLATE {shared.database.replace('shared', 'template')}")


def _copy_mariadb(shared: Loaded, name: str) -> None:
    tables = [table for (table,) in shared.run("SHOW TABLES")]
    copies = [
        statement
        for table in tables
        for statement in (
            f"CREATE TABLE `{name}`.`{table}` LIKE `{table}`",
            f"INSERT INTO `{name}`.`{table}` SELECT * FROM `{table}`",
        )
    ]
    shared.run(f"CREATE DATABASE {name}", *copies)
