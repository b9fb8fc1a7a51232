"""What the failures of all database servers have in common: what happened, where, what to do."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.text import show

_STATEMENT_SHOWN: Final = 160
AGAIN: Final = "Nothing was published: run it again"
# What happened, and what to do.
TIMEOUT: Final = (
    "a statement took longer than source.statement_timeout allows",
    "Raise source.statement_timeout in auditctl.toml, or ask for a shorter period",
)
LOST: Final = ("the connection was lost", AGAIN)
ENDED: Final = ("the connection was lost: the server ended it", AGAIN)
RECOVERY: Final = (
    "the standby cancelled the read, which stood in the way of its recovery",
    "Run it again; hot_standby_feedback = on, or a longer max_standby_streaming_delay, keeps it from happening",
)
STARTING: Final = ("the server is starting or stopping", "Try again in a moment")
CANCELLED: Final = ("somebody cancelled the statement", AGAIN)
NO_DATABASE: Final = ("there is no such database", "Correct the last part of the source URL")
UNREACHABLE: Final = (
    "no server answers there",
    "Check host and port of the source URL, and that the server is running",
)
NO_ROUTE: Final = ("there is no route to the server", "Check host and port, firewall and network")
UNKNOWN_HOST: Final = (
    "the host is not known",
    "Check the host of the source URL; an @ in the password is written %40",
)
NO_TLS: Final = ("the server offers no TLS", "Turn it on there, or leave it out of the source URL")
OTHER_HOST: Final = (
    "the certificate is for another host",
    "Write the host of the source URL as the certificate has it",
)
# What may be otherwise in a moment. A statement or a lock that takes too long would take as long again.
_TRANSIENT: Final = frozenset(reason for reason, _ in (LOST, ENDED, RECOVERY, STARTING, UNREACHABLE))


def failed(where: str, reason: str, hint: str = "") -> SourceError:
    """Return the error of an account at an address, which `where` names."""
    error = SourceError(f"cannot read as {where}: {reason}", hint=hint)
    error.transient = reason in _TRANSIENT
    return error


def locked(where: str, table: str, error: DBAPIError) -> SourceError:
    """Return the error of a lock: on the table where the server named it, else on what the statement reads."""
    statement = show(" ".join((error.statement or "").split()), _STATEMENT_SHOWN)
    reason = f"another session holds a lock on {table or 'a table'}"
    if statement and not table:
        reason = f"{reason} of this statement: {statement}"
    return failed(where, reason, "Try again when it is released")
