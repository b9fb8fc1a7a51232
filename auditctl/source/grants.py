"""The SQL of a role that can read what auditctl needs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from textwrap import fill
from typing import Final

from sqlalchemy import Dialect, func, select, text
from sqlalchemy.dialects import mysql, postgresql

from auditctl.errors import SourceError, UsageError
from auditctl.source.database import DatabaseSource
from auditctl.source.mysql_role import powers_of, roles_of
from auditctl.source.tables import table_specs
from auditctl.text import show

DIALECTS: Final = ("postgresql", "mysql", "mariadb")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")  # MySQL takes 32 characters, PostgreSQL 63
_RESERVED = re.compile(r"(?i:pg_.*|public|none)\Z")
_HOST = re.compile(r"[A-Za-z0-9_.:%/-]{1,60}")
# A lock that is waited for, and a transaction that nobody goes on with, stand in Superset's way.
_LOCK_TIMEOUT = "5s"
_IDLE_TIMEOUT = "15min"
# Itself, or by a role that it may take.
_WRITES = """
SELECT bool_or(
    r.rolsuper OR c.relowner = r.oid OR has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')
)
FROM pg_roles named
JOIN pg_roles r ON pg_has_role(named.oid, r.oid, 'MEMBER')
CROSS JOIN pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE named.rolname = :role AND n.nspname = :schema AND c.relname = ANY(:names)
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """The role, and what it is held to.

    Raises:
        UsageError: its name or its host cannot be one, or it may open no connection.
    """

    name: str
    connections: int
    statement_timeout: timedelta
    """Zero is no limit."""
    host: str = "%"
    """Where it may come from; of MySQL and MariaDB alone."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or _RESERVED.match(self.name):
            raise UsageError(
                f"{show(self.name, 60)} cannot be the name of a role",
                hint="Use 1 to 32 letters, digits, _ and -, beginning with a letter; pg_..., public and none are taken",
            )
        if not _HOST.fullmatch(self.host):
            raise UsageError(
                f"{show(self.host, 60)} cannot be the host of an account", hint="Forms: db.example.org, 10.0.0.%, %"
            )
        if self.connections < 1:
            raise UsageError("--connection-limit must be at least 1")


@dataclass(frozen=True, slots=True)
class Granted:
    """What the role may read."""

    dialect: str
    database: str
    schema: str
    """Of PostgreSQL alone."""
    tables: Mapping[str, Sequence[str]]
    """Table -> columns."""
    found: bool = True
    """Whether they were seen to exist."""


def granted_of(source: DatabaseSource) -> Granted:
    """Return what auditctl needs of an open source, as far as it exists.

    Raises:
        UsageError: SQLite, which has no roles.
        SourceError: the account may not see what exists.
    """
    facts = source.facts
    if facts.dialect == "sqlite":
        raise UsageError(
            "SQLite has no roles",
            hint="Let the account that runs auditctl read the file and its folder, but write neither",
        )
    unseen = [name for name, columns in source.denied.items() if {*columns} & {*table_specs()[name].columns}]
    if unseen and facts.dialect != "postgresql":  # whose catalogue everybody can read
        raise SourceError(
            f"{facts.role.name} may not see what there is of {', '.join(sorted(unseen))}",
            hint="Connect as Superset's own account or as an administrator, or use --dialect",
        )
    name = func.current_database() if facts.dialect == "postgresql" else func.database()
    return Granted(
        facts.dialect,
        source.run(select(name)).scalar_one(),
        source.schema or "",
        {
            table: tuple(column for column in spec.columns if column in source.stored_columns(table))
            for table, spec in table_specs().items()
            if table in facts.tables
        },
    )


def refuse_writer(source: DatabaseSource, granted: Granted, reader: Reader) -> None:
    """Refuse a role that exists and may write to what is read: its limits would keep Superset from writing.

    On MySQL and MariaDB as far as this account may see it; there, an account that exists keeps the limits that it has.

    Raises:
        UsageError: it is such a role.
    """
    role = source.facts.role
    if granted.dialect == "postgresql":
        asked = {"role": reader.name, "schema": granted.schema, "names": list(granted.tables)}
        writes = bool(source.run(text(_WRITES).bindparams(**asked)).scalar())
    elif role.name.rpartition("@")[0] == reader.name:
        writes = role.may_modify
    else:
        writes = any(powers_of(_granted_to(source, f"`{reader.name}`@`{reader.host}`"), granted.database))
    if writes:
        raise UsageError(
            f"{reader.name} is there already, and it may do more than read",
            hint="Choose another --role: what is printed would put limits on that account",
        )


def _granted_to(source: DatabaseSource, account: str) -> Iterator[str]:
    """Yield the grants of an account and of its roles; none where it is not there, or may not be looked at."""
    with suppress(SourceError):
        own = _show_grants(source, account)
        yield from own
        for role in roles_of(own):
            yield from _show_grants(source, role)


def _show_grants(source: DatabaseSource, account: str) -> list[str]:
    statement = text(f"SHOW GRANTS FOR {account}".replace(":", r"\:"))
    return [str(row[0]) for row in source.run(statement)]


def granted_unseen(dialect: str, database: str, schema: str) -> Granted:
    """Return all that auditctl reads, of a database that was not looked at."""
    tables = {
        name: tuple(column for column in spec.columns if column not in spec.extended)
        for name, spec in table_specs().items()
    }
    return Granted(dialect, database, schema, tables, found=False)


def grants(granted: Granted, reader: Reader) -> str:
    """Return the statements, with comments, to be run once or again; no password is among them."""
    lines = _postgresql if granted.dialect == "postgresql" else _mysql
    return "".join(f"{line}\n" for line in lines(granted, reader))


def _postgresql(granted: Granted, reader: Reader) -> Iterator[str]:
    quoted = _Quoted(postgresql.dialect(paramstyle="named"))  # type: ignore[no-untyped-call]
    role, database, schema = map(quoted, (reader.name, granted.database, granted.schema))
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"'{int(reader.statement_timeout.total_seconds())}s'",
        "lock_timeout": f"'{_LOCK_TIMEOUT}'",
        "idle_in_transaction_session_timeout": f"'{_IDLE_TIMEOUT}'",
    }
    yield "-- A role for auditctl. Run this in Superset's metadata database, as a superuser, or as a role that owns the"
    yield "-- tables and may create roles. Running it again does no harm."
    yield "BEGIN;"
    yield "DO $$ BEGIN"
    yield f"    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{reader.name}') THEN"
    yield f"        CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;"
    yield "    ELSIF EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'logs' AND relkind IN ('r', 'p')"
    yield f"        AND pg_catalog.has_table_privilege('{reader.name}', oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) THEN"
    yield f"        RAISE EXCEPTION '{reader.name} may write to logs: the limits below are not for it';"
    yield "    END IF;"
    yield "END $$;"
    yield f"ALTER ROLE {role} CONNECTION LIMIT {reader.connections};"
    yield "-- Defaults, which the role may change for itself: the wall is that nothing but SELECT is granted."
    for name, value in settings.items():
        yield f"ALTER ROLE {role} SET {name} = {value};"
    if granted.schema != "public":
        yield f"ALTER ROLE {role} IN DATABASE {database} SET search_path = {schema};"
    yield "-- What is granted to PUBLIC counts for this role too."
    yield f"GRANT CONNECT ON DATABASE {database} TO {role};"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role};"
    yield from _selects(granted, quoted, schema, role)
    yield "COMMIT;"
    yield "-- The role has no password yet. Give it one in psql:"
    yield f"--     \\password {role}"
    yield "-- and write host:port:database:role:password into ~/.pgpass (0600) of the account that runs auditctl."


def _mysql(granted: Granted, reader: Reader) -> Iterator[str]:
    quoted = _Quoted(mysql.dialect(paramstyle="named"))
    role = f"`{reader.name}`@`{reader.host}`"
    database = quoted(granted.database)
    # The name of a database is a pattern where all of its tables are meant, and only there.
    pattern = quoted(re.sub(r"([\\_%])", r"\\\1", granted.database))
    limits = f"MAX_USER_CONNECTIONS {reader.connections}"
    if granted.dialect == "mariadb":
        limits += f" MAX_STATEMENT_TIME {int(reader.statement_timeout.total_seconds())}"
    yield "-- An account for auditctl. Run this as an administrator. Running it again does no harm: an account that is"
    yield "-- there already keeps its limits."
    yield f"CREATE USER IF NOT EXISTS {role} WITH {limits} ACCOUNT LOCK;"
    yield "-- The server knows no read-only account: the wall is that nothing but SELECT is granted."
    yield from _selects(granted, quoted, database, role)
    yield "-- Shows definitions, not rows: only so can the account tell a missing table from one that is not granted."
    yield f"GRANT SHOW VIEW ON {pattern}.* TO {role};"
    monitor = "REPLICA MONITOR" if granted.dialect == "mariadb" else "REPLICATION CLIENT"
    yield "-- Shows whether this server follows another and how far behind it is, and no row."
    yield f"GRANT {monitor} ON *.* TO {role};"
    yield "-- The account is locked and has no password yet. Give it one:"
    yield f"--     ALTER USER {role} IDENTIFIED BY '...' ACCOUNT UNLOCK;"
    yield "-- and write it under [client] into a file (0600) that the URL names: ?read_default_file=/path/auditctl.cnf"


def _selects(granted: Granted, quoted: _Quoted, container: str, role: str) -> Iterator[str]:
    if not granted.found:
        yield "-- Nothing was connected: leave out tables and columns that this Superset does not have."
    for table, columns in granted.tables.items():
        select = fill(f"GRANT SELECT ({', '.join(map(quoted, columns))})", 90, subsequent_indent="    ")
        yield f"{select} ON {container}.{quoted(table)} TO {role};"


class _Quoted:
    """Writes a name as the dialect wants it; plain names stay plain."""

    def __init__(self, dialect: Dialect) -> None:
        self._preparer = dialect.identifier_preparer

    def __call__(self, name: str) -> str:
        return self._preparer.quote(name)
