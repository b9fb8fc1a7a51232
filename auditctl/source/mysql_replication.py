"""Whether a MySQL or MariaDB server follows another, and how far behind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import DBAPIError

from auditctl.source.mysql_failures import code

_VARIABLES = (
    "server_uuid",
    "server_uid",
    "hostname",
    "port",
    "gtid_executed",
    "gtid_slave_pos",
    "read_only",
    "super_read_only",
    "innodb_read_only",
)
_SYNTAX = 1064
# Signs that anybody can see. A primary is not read-only.
_READ_ONLY = ("read_only", "super_read_only", "innodb_read_only")


@dataclass(frozen=True, slots=True)
class Replication:
    """Whether the server follows another."""

    follows: bool
    lag: int | None = None
    """Seconds that it is behind, as it says; None where it does not."""
    is_certain: bool = True
    """Whether the account could see it."""


def server_variables(connection: Connection) -> Mapping[str, str]:
    """Return who the server is, what it has executed, and whether it can be written to; `server` is its name."""
    statement = text("SHOW GLOBAL VARIABLES WHERE variable_name IN :names").bindparams(names=_VARIABLES)
    found = {name.lower(): str(value) for name, value in connection.execute(statement)}
    server = found.get("server_uuid") or found.get("server_uid") or f"{found['hostname']}:{found['port']}"
    return {**found, "server": server}


def executed(variables: Mapping[str, str]) -> str | None:
    """Return the GTIDs that a MySQL has executed, or a MariaDB has replicated."""
    return variables.get("gtid_executed") or variables.get("gtid_slave_pos")


def find_replication(connection: Connection, variables: Mapping[str, str], *, is_mariadb: bool) -> Replication:
    """Return whether the server follows one or more others; behind by as much as the furthest."""
    is_read_only = any(variables.get(name) in ("ON", "1") for name in _READ_ONLY)
    rows = _status(connection, is_mariadb=is_mariadb)
    if rows is None:
        runs = connection.execute(text("SHOW GLOBAL STATUS LIKE 'Slaves_running'")).all()
        signs = is_read_only or bool(variables.get("gtid_slave_pos")) or any(int(row[1]) for row in runs)
        return Replication(follows=signs, is_certain=False)
    if not rows:
        return Replication(follows=is_read_only)
    lags = [row.get("Seconds_Behind_Source", row.get("Seconds_Behind_Master")) for row in rows]
    return Replication(follows=True, lag=None if None in lags else max(int(lag) for lag in lags))


def _status(connection: Connection, *, is_mariadb: bool) -> list[RowMapping] | None:
    """Return a row per server that is followed; None where the account may not see them."""
    ways = ("SHOW ALL REPLICAS STATUS",) if is_mariadb else ("SHOW REPLICA STATUS", "SHOW SLAVE STATUS")
    for way in ways:
        try:
            return list(connection.execute(text(way)).mappings())
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            if code(error) != _SYNTAX:
                return None
    return None
