"""What the account that reads a MySQL or MariaDB database could do to the log, and to other tables that are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, CursorResult

from auditctl.source.interface import Role
from auditctl.source.tables import table_specs

# A session's sql_mode and sql_quote_show_create are set so that names come in backticks.
_QUOTED = r"`(?:[^`]|``)*`"
_GRANT = re.compile(
    rf"GRANT (?P<privileges>.+?) ON (?:TABLE )?(?P<database>\*|{_QUOTED})\.(?P<table>\*|{_QUOTED}) TO ", re.DOTALL
)
_ROUTINE = re.compile(r"GRANT (?:EXECUTE|ALTER ROUTINE|SHOW CREATE ROUTINE|, )+ ON (?:PROCEDURE|FUNCTION|PACKAGE)")
_NAME = re.compile(rf"{_QUOTED}(?:@{_QUOTED})?")
_ROLES = re.compile(rf"GRANT (?P<roles>{_NAME.pattern}(?:, ?{_NAME.pattern})*) TO ")
_PRIVILEGE = re.compile(r"(?P<name>[A-Z][A-Z_ ]*[A-Z])(?P<columns> \([^)]*\))?")
_ROUTINES = """
SELECT routine_name FROM information_schema.routines
WHERE routine_schema = database() AND security_type = 'DEFINER' ORDER BY routine_name
"""
# They change no row that is there. Whatever is not listed here counts, privileges of servers to come too.
_HARMLESS = {
    "USAGE",
    "SELECT",
    "SHOW VIEW",
    "SHOW DATABASES",
    "SHOW CREATE ROUTINE",
    "SHOW_ROUTINE",
    "PROCESS",
    "REPLICATION CLIENT",
    "BINLOG MONITOR",
    "REPLICA MONITOR",
    "SLAVE MONITOR",
    "LOCK TABLES",
    "REFERENCES",
    "INDEX",
    "CREATE",
    "CREATE VIEW",
    "CREATE TEMPORARY TABLES",
    "CREATE ROUTINE",
    "ALTER ROUTINE",
    "EXECUTE",
    "EVENT",
}


@dataclass(frozen=True, slots=True)
class Power:
    """Something that a grant allows, and whether it reaches the log, or only other tables."""

    text: str
    of_log: bool = True


_EVERYTHING = Power("ALL PRIVILEGES on every database")


def find_role(connection: Connection, database: str, name: str) -> Role:
    """Return the account and every way in which it, or a role that it may take, may modify what is read."""
    views = {view.lower() for view in _views(connection)}
    lines = _show(connection, "SHOW GRANTS")
    own = list(dict.fromkeys(powers_of(lines, database, views)))
    if _EVERYTHING in own:  # what else it may, adds nothing
        return Role(name, (_EVERYTHING.text,))
    through = [
        Power(f"{power.text} through the role {role.strip('`')}", power.of_log)
        for role in dict.fromkeys(roles_of(lines))
        for power in powers_of(_with_role(connection, role), database, views)
        if power not in own
    ]
    found = tuple(dict.fromkeys([*own, *through]))
    return Role(
        name,
        tuple(power.text for power in found if power.of_log),
        tuple(power.text for power in found if not power.of_log),
    )


def find_routines(connection: Connection) -> list[str]:
    """Return routines of the database that the account may run with the rights of their definer."""
    return [str(row[0]) for row in connection.execute(text(_ROUTINES))]


def powers_of(lines: Iterable[str], database: str, views: Collection[str] = ()) -> Iterator[Power]:
    """Yield what lines of SHOW GRANTS let their account do to the tables of `database` that are read.

    A line that is not understood is a power: nobody has shown that it is none. `views` are in lower case.
    """
    for line in lines:
        if _ROLES.match(line) or _ROUTINE.match(line) or line.startswith(("SET DEFAULT ROLE ", "REVOKE ")):
            continue
        grant = _GRANT.match(line)
        if grant is None:
            yield Power("PROXY of another account" if line.startswith("GRANT PROXY ") else "a grant not understood")
            continue
        granted = [(found["name"], bool(found["columns"])) for found in _PRIVILEGE.finditer(grant["privileges"])]
        for of_columns in (False, True):
            names = [name for name, columns in granted if columns == of_columns and name not in _HARMLESS]
            where = _where(grant["database"], grant["table"], database, views) if names else None
            if where is not None:
                yield Power(f"{', '.join(names)} {'of columns of' if of_columns else 'on'} {where.text}", where.of_log)


def roles_of(lines: Iterable[str]) -> Iterator[str]:
    """Yield the roles that lines of SHOW GRANTS give, quoted as SQL has them."""
    for line in lines:
        if granted := _ROLES.match(line):
            yield from _NAME.findall(granted["roles"])


def _where(on_database: str, on_table: str, database: str, views: Collection[str]) -> Power | None:
    """Return what a grant is on, where that matters to what is read."""
    if on_database == "*":
        return Power("every database")
    named, name = _unquoted(on_database), _unquoted(on_table)
    if named.lower() == "mysql":
        return Power("the server's own tables")
    if on_table == "*":
        return Power("every table") if _covers(named, database) else None
    if named.lower() != database.lower():
        return None
    if name == "logs":
        return Power("logs")
    if name.lower() in views:
        return Power(f"the view {name}")
    return Power(name, of_log=False) if name in table_specs() else None


def _views(connection: Connection) -> list[str]:
    listed = "SELECT table_name FROM information_schema.views WHERE table_schema = database()"
    return [str(row[0]) for row in connection.execute(text(listed))]


def _with_role(connection: Connection, role: str) -> list[str]:
    """Return what SHOW GRANTS says of the account when it has taken a role that was given to it."""
    if not connection.dialect.is_mariadb:  # type: ignore[attr-defined]
        return _show(connection, f"SHOW GRANTS FOR CURRENT_USER() USING {role}")
    before = connection.exec_driver_sql("SELECT current_role()").scalar()
    _run(connection, f"SET ROLE {role}")
    lines = _show(connection, "SHOW GRANTS")
    _run(connection, f"SET ROLE `{before.replace('`', '``')}`" if before else "SET ROLE NONE")
    return lines


def _show(connection: Connection, sql: str) -> list[str]:
    return [str(row[0]) for row in _run(connection, sql)]


def _run(connection: Connection, sql: str) -> CursorResult[Any]:
    return connection.exec_driver_sql(sql.replace("%", "%%"))


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`")


def _covers(pattern: str, database: str) -> bool:
    """Return whether the database of a grant on all tables, a LIKE pattern, takes in `database`."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    expression = "".join(wildcards.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(expression, database, re.DOTALL) is not None
