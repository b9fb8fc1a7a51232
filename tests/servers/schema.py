"""The tables of a Superset metadata database as Superset makes them on PostgreSQL and MariaDB, read from SQLite's."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Inspector,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    create_engine,
    false,
    inspect,
    text,
    true,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine


def server_tables(path: Path) -> MetaData:
    """Return the tables of a SQLite file with the types that a server has for them.

    Without foreign keys: SQLite does not enforce them, so that real rows break them (deleted users, say), and nothing
    that reads the tables depends on them.

    Raises:
        TypeError: a column whose type Superset does not use.
    """
    engine = create_engine("sqlite://", creator=lambda: open_read_only(path), poolclass=NullPool)
    tables = MetaData()
    inspector = inspect(engine)
    for name in inspector.get_table_names():
        _table(inspector, name, tables)
    engine.dispose()
    return tables


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a SQLite file that nothing is written to."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _table(inspector: Inspector, name: str, tables: MetaData) -> None:
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    columns = []
    for found in inspector.get_columns(name):
        kind = _type(f"{name}.{found['name']}", found["type"])
        columns.append(
            Column(
                found["name"],
                kind,
                primary_key=found["name"] in key,
                nullable=found["nullable"],
                server_default=_default(kind, found["default"]),
            )
        )
    # MariaDB compares text without regard to case, and some names differ in nothing else (SQLLab, SqlLab).
    unique = [
        UniqueConstraint(*found["column_names"]).ddl_if(dialect="postgresql")
        for found in inspector.get_unique_constraints(name)
    ]
    table = Table(name, tables, *columns, *unique)
    for index in inspector.get_indexes(name):
        Index(index["name"], *(table.c[str(column)] for column in index["column_names"]), unique=index["unique"])


def _type(where: str, found: TypeEngine[Any]) -> TypeEngine[Any]:
    match found:
        case DateTime():
            return DateTime()
        case JSON():
            return JSON()
        case Text():
            return Text().with_variant(mysql.MEDIUMTEXT(), "mysql")
        case String(length=length):
            return String(length)
        case Boolean():
            return Boolean()
        case Float():
            return Float()
        # This is how SQLite is told that a column holds a UUID in 16 bytes.
        case Numeric(precision=16, scale=None):
            return Uuid().with_variant(mysql.BINARY(16), "mysql")
        case Numeric(precision=precision, scale=scale):
            return Numeric(precision, scale)
        case Integer():
            return Integer()
        case LargeBinary():
            return LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
    raise TypeError(f"{where}: type {found} is not one of Superset's")


def _default(kind: TypeEngine[Any], found: str | None) -> Any:
    if found is None:
        return None
    if isinstance(kind, Boolean):
        return true() if found == "1" else false()
    return text(found)
