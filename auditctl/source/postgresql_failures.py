"""What PostgreSQL's errors mean to the person who runs auditctl: what happened, where, what to do."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.text import show

_AGAIN = "Nothing was published: run it again"
_TIMEOUT = "Raise source.statement_timeout in auditctl.toml, or ask for a shorter period"
# SQLSTATE or its class -> what happened, and what to do. An empty reason is the server's own sentence.
_STATES: Final = {
    "57014": ("a statement took longer than source.statement_timeout allows", _TIMEOUT),
    "55P03": ("another session holds a lock on a table", "Try again when it is released"),
    "25P03": ("the server ended the transaction because it was idle for too long", _AGAIN),
    "40001": (
        "the standby cancelled the read, which stood in the way of its recovery",
        "Run it again; hot_standby_feedback = on, or a longer max_standby_streaming_delay, keeps it from happening",
    ),
    "42501": ("", "Run what auditctl grants prints for this role"),
    "53300": ("the server, or this role, has no free connection", "Try again, or raise CONNECTION LIMIT"),
    "57P": ("the connection was lost: the server ended it", _AGAIN),
    "08": ("the connection was lost", _AGAIN),
}
# Words of a refused connection, for which the driver has no SQLSTATE -> what happened, and what to do.
_REFUSALS: Final = (
    (r"password authentication failed", "wrong password", "Correct the password of the source URL or of ~/.pgpass"),
    (
        r"no password supplied|password is required",
        "the server wants a password and none was given",
        "Put host:port:database:user:password into ~/.pgpass (0600), or the whole URL into AUDITCTL_SOURCE_URL",
    ),
    (r'role "[^"]*" does not exist', "there is no such role", "Create it with what auditctl grants prints"),
    (r'database "[^"]*" does not exist', "there is no such database", "Correct the last part of the source URL"),
    (r"permission denied for database", "the role may not connect to the database", "GRANT CONNECT ON DATABASE to it"),
    (
        r"server does not support SSL|SSL connection has been closed|SSL error|sslmode|certificate|TLS",
        "TLS was refused",
        "Check sslmode, sslrootcert and the server's certificate",
    ),
    (
        r"no pg_hba\.conf entry.*(?:no encryption|SSL off)",
        "the server takes no unencrypted connection from here",
        "Add ?sslmode=require to the source URL",
    ),
    (r"pg_hba\.conf", "the server takes no connection from here", "Add a line for this host to pg_hba.conf"),
    (
        r"Connection refused|Is the server running|No such file",
        "no server answers there",
        "Check host and port of the source URL, and that the server is running",
    ),
    (
        r"timeout expired|timed out|No route to host|unreachable",
        "there is no route to the server",
        "Check host and port, firewall and network",
    ),
    (
        r"could not translate host name|Name or service not known|failed to resolve|nodename nor servname",
        "the host is not known",
        "Check the host of the source URL; an @ in the password is written %40",
    ),
    (
        r"invalid response",
        "what answers there is no PostgreSQL server",
        "Check the port of the source URL, and its beginning (mysql:// for MySQL and MariaDB)",
    ),
    (r"remaining connection slots|too many connections", *_STATES["53300"]),
    (r"the database system is", "the server is starting or stopping", "Try again in a moment"),
    (
        r"invalid (?:connection|URI query) (?:option|parameter)|unrecognized configuration parameter",
        "the URL has an option that libpq does not know",
        "Known are sslmode, sslrootcert, connect_timeout, options, ...",
    ),
    (
        r"server closed the connection|connection is closed|terminating connection|consuming input failed",
        *_STATES["08"],
    ),
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
    if state == "57014" and "statement timeout" not in words:
        return SourceError(f"{where}: somebody cancelled the statement", hint=_AGAIN)
    for length in (5, 3, 2):
        if state[:length] in _STATES and state:
            reason, hint = _STATES[state[:length]]
            return SourceError(f"{where}: {reason or show(words.splitlines()[0])}", hint=hint)
    for pattern, reason, hint in _REFUSALS:
        if not state and re.search(pattern, words):
            return SourceError(f"cannot read {where}: {reason}", hint=hint)
    return SourceError(f"cannot read {where}: {show(words.splitlines()[0] if words else type(error.orig).__name__)}")


def _table(words: str) -> str:
    found = re.search(r'table "([^"]*)"', words)
    return show(found[1]) if found else "a table"
