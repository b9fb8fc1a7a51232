"""What the account that reads a MySQL or MariaDB database could do to the log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.engine import Connection, CursorResult

from auditctl.source.interface import Role

_QUOTED = r"`(?:[^`]|``)*`"
_GRANT = re.compile(
    rf"GRANT (?P<privileges>.+?) ON (?:TABLE )?(?P<database>\*|{_QUOTED})\.(?P<table>\*|{_QUOTED}) TO ", re.DOTALL
)
_NAME = re.compile(rf"{_QUOTED}(?:@{_QUOTED})?")
_ROLES = re.compile(rf"GRANT (?P<roles>{_NAME.pattern}(?:, ?{_NAME.pattern})*) TO ")
_PRIVILEGE = re.compile(r"(?P<name>[A-Z][A-Z_ ]*[A-Z])(?P<columns> \([^)]*\))?")
_ON_TABLE = ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "TRIGGER")
# They speak for others, or replay changes, whatever is granted on the table.
_ON_SERVER = ("SUPER", "SET USER", "SET_USER_ID", "SET_ANY_DEFINER", "BINLOG REPLAY", "BINLOG_ADMIN", "CREATE USER")


def find_role(connection: Connection, database: str, name: str) -> Role:
    """Return the current account and every way in which it, or a role that it may take, may modify `logs`."""
    lines = _show(connection, "SHOW GRANTS")
    own = list(powers_of(lines, database))
    through = [
        f"{power} through the role {role.strip('`')}"
        for role in dict.fromkeys(roles_of(lines))
        for power in powers_of(_with_role(connection, role), database)
        if power not in own
    ]
    return Role(name, tuple(dict.fromkeys([*own, *through])))


def _with_role(connection: Connection, role: str) -> list[str]:
    """Return what SHOW GRANTS says of the account when it has taken a role that was given to it."""
    if not connection.dialect.is_mariadb:  # type: ignore[attr-defined]
        return _show(connection, f"SHOW GRANTS FOR CURRENT_USER() USING {role}")
    before = connection.exec_driver_sql("SELECT current_role()").scalar()
    _run(connection, f"SET ROLE {role}")
    lines = _show(connection, "SHOW GRANTS")
    _run(connection, f"SET ROLE `{before.replace('`', '``')}`" if before else "SET ROLE NONE")
    return lines


def powers_of(lines: Iterable[str], database: str) -> Iterator[str]:
    """Yield what lines of SHOW GRANTS let their account do to `logs` of `database`."""
    for line in lines:
        grant = _GRANT.match(line)
        if grant is None:
            continue
        everywhere = grant["database"] == "*"
        if not everywhere and not _covers(grant["database"], database):
            continue
        if grant["table"] not in ("*", "`logs`"):
            continue
        granted = [(found["name"], bool(found["columns"])) for found in _PRIVILEGE.finditer(grant["privileges"])]
        where = "every database" if everywhere else "every table" if grant["table"] == "*" else "logs"
        whole = [name for name, of_columns in granted if name in _ON_TABLE and not of_columns]
        if whole:
            yield f"{', '.join(whole)} on {where}"
        if parts := [name for name, of_columns in granted if name in _ON_TABLE and of_columns]:
            yield f"{', '.join(parts)} of columns of logs"
        if everywhere and "ALL PRIVILEGES" not in whole:
            yield from (name for name, _ in granted if name in _ON_SERVER)


def roles_of(lines: Iterable[str]) -> Iterator[str]:
    """Yield the roles that lines of SHOW GRANTS give, quoted as SQL has them."""
    for line in lines:
        if granted := _ROLES.match(line):
            yield from _NAME.findall(granted["roles"])


def _show(connection: Connection, sql: str) -> list[str]:
    return [str(row[0]) for row in _run(connection, sql)]


def _run(connection: Connection, sql: str) -> CursorResult[Any]:
    return connection.exec_driver_sql(sql.replace("%", "%%"))


def _covers(pattern: str, database: str) -> bool:
    """Return whether a database name of a grant, a LIKE pattern, takes in `database`."""
    parts = re.findall(r"\\.|.", pattern[1:-1].replace("``", "`"), re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    expression = "".join(wildcards.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(expression, database, re.DOTALL) is not None
