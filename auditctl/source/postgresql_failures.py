"""What PostgreSQL's errors mean to the person who runs auditctl: what happened, where, what to do."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.source.failures import (
    AGAIN,
    CANCELLED,
    ENDED,
    LOST,
    NO_DATABASE,
    NO_ROUTE,
    NO_TLS,
    OTHER_HOST,
    RECOVERY,
    STARTING,
    TIMEOUT,
    UNKNOWN_HOST,
    UNREACHABLE,
    failed,
    locked,
)
from auditctl.text import show

# SQLSTATE or its class -> what happened, and what to do. An empty reason is the server's own sentence.
_STATES: Final = {
    "57014": TIMEOUT,
    "25P03": ("the server ended the transaction because it was idle for too long", AGAIN),
    "40001": RECOVERY,
    "42501": ("", "Run what auditctl grants prints for this role"),
    "53300": ("the server, or this role, has no free connection", "Try again, or raise CONNECTION LIMIT"),
    "57P": ENDED,
    "08": LOST,
}
# Words of a refused connection, for which the driver has no SQLSTATE -> what happened, and what to do.
_REFUSALS: Final = (
    (
        r"password authentication failed",
        "wrong password, or it has expired (VALID UNTIL)",
        "Correct it in the source URL or in ~/.pgpass, or ALTER ROLE ... VALID UNTIL",
    ),
    (
        r"no password supplied|password is required",
        "the server wants a password and none was given",
        "No line of ~/.pgpass fits host, port, database and role exactly, or others may read the file (chmod 600)."
        " Or give the whole URL by AUDITCTL_SOURCE_URL",
    ),
    (r'role "[^"]*" does not exist', "there is no such role", "Create it with what auditctl grants prints"),
    (r"is not permitted to log in", "the role may not log in", "ALTER ROLE ... LOGIN"),
    (r'database "[^"]*" does not exist', *NO_DATABASE),
    (r"permission denied for database", "the role may not connect to the database", "GRANT CONNECT ON DATABASE to it"),
    (r"server does not support SSL", *NO_TLS),
    (
        r"root certificate file .* does not exist",
        "sslrootcert names no file",
        "Give the certificate of the authority: ?sslrootcert=FILE, or sslrootcert=system",
    ),
    (r"server certificate for .* does not match host name", *OTHER_HOST),
    (
        r"certificate verify failed",
        "the certificate is not of an authority that is trusted",
        "Give that of its authority: ?sslrootcert=FILE; and see that it has not expired",
    ),
    (
        r"SSL connection has been closed|SSL error|certificate|TLS",
        "TLS was refused",
        "Check sslrootcert, sslcert, sslkey and the server's certificate",
    ),
    (
        r"pg_hba\.conf.*SSL (?:encryption|on)",
        "the server takes no connection from here",
        "Add a line for this host, role and database to pg_hba.conf",
    ),
    (
        r"pg_hba\.conf",
        "the server takes no connection from here",
        "Add a line for this host, role and database to pg_hba.conf; or it wants TLS: ?sslmode=require",
    ),
    (r"Connection refused|Is the server running|No such file", *UNREACHABLE),
    (r"timeout expired|timed out|No route to host|unreachable", *NO_ROUTE),
    (
        r"could not translate host name|Name or service not known|failed to resolve|nodename nor servname",
        *UNKNOWN_HOST,
    ),
    (
        r"invalid response",
        "what answers there is no PostgreSQL server",
        "Check the port of the source URL, and its beginning (mysql:// for MySQL and MariaDB)",
    ),
    (r"remaining connection slots|too many connections", *_STATES["53300"]),
    (r"the database system is", *STARTING),
    (
        r"invalid (?:connection|URI query) (?:option|parameter)|unrecognized configuration parameter",
        "the URL has an option that libpq does not know",
        "Known are sslmode, sslrootcert, connect_timeout, options, ...",
    ),
    (r"server closed the connection|connection is closed|terminating connection|consuming input failed", *LOST),
)


def explain(error: DBAPIError, where: str) -> SourceError:
    """Return an error of the driver as one line; it quotes the server only where it speaks of tables and rights."""
    state = getattr(error.orig, "sqlstate", None) or ""
    words = str(error.orig)
    if state == "42501" and "row-level security" in words:
        return SourceError(
            f"{where}: a row-level security policy hides rows of {_table(words)} from this role",
            hint="ALTER ROLE ... BYPASSRLS, or read as a role that the policy does not apply to",
        )
    if state == "55P03":
        return locked(where, _pointed_at(words), error)
    if state == "57014" and "statement timeout" not in words:
        return failed(where, *CANCELLED)
    said = show(words.splitlines()[0] if words else type(error.orig).__name__)
    for length in (5, 3, 2):
        if state[:length] in _STATES and state:
            reason, hint = _STATES[state[:length]]
            return failed(where, reason or said, hint)
    for pattern, reason, hint in _REFUSALS:
        if not state and re.search(pattern, words):
            return failed(where, reason, hint)
    return failed(where, said)


def _table(words: str) -> str:
    found = re.search(r'table "([^"]*)"', words)
    return show(found[1]) if found else "a table"


def _pointed_at(words: str) -> str:
    """Return the table that the server points at, with `LINE 1: SELECT ...` and a caret below it; or nothing."""
    *_, line, mark = ["", *words.splitlines()]
    found = re.match(r'[\w."]+', line[mark.index("^") :]) if mark.strip() == "^" else None
    return show(found[0]) if found else ""
