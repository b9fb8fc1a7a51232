"""What errors of MySQL and MariaDB mean to the person who runs auditctl: what happened, where, what to do."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.source.failures import (
    CANCELLED,
    LOST,
    NO_DATABASE,
    NO_ROUTE,
    NO_TLS,
    OTHER_HOST,
    TIMEOUT,
    UNKNOWN_HOST,
    UNREACHABLE,
    failed,
    locked,
)
from auditctl.text import show

NO_TABLE: Final = 1146
NO_COLUMN: Final = 1054
LOCK_TIMEOUT: Final = 1205
_REFUSED_TLS: Final = 2026
_LOST_NUMBERS: Final = (2006, 2013)
_DENIED = (
    "wrong password, or no such account",
    "Correct them in the source URL, or in the file that its read_default_file names; an account made with REQUIRE SSL"
    " wants ?ssl_ca=FILE as well",
)
_EXPIRED = ("the password has expired", "ALTER USER ... IDENTIFIED BY a new one")
_TLS = ("TLS was refused", "Check ssl_ca, ssl_cert, ssl_key and the server's certificate")
_FULL = ("the server, or this account, has no free connection", "Try again, or raise MAX_USER_CONNECTIONS")
_OTHER_SERVER = (
    "what answers there is no MySQL or MariaDB server, or it does not answer",
    "Check the port of the source URL, and its beginning (postgresql:// for PostgreSQL)",
)
# Error number -> what happened, and what to do. An empty reason is the server's own sentence.
_NUMBERS: Final = {
    1040: _FULL,
    1203: _FULL,
    1226: _FULL,
    1044: ("the account may not use this database", "GRANT it what auditctl grants prints, or correct the URL"),
    1045: _DENIED,
    1698: _DENIED,
    1049: NO_DATABASE,
    1130: ("the server takes no connection from here", "CREATE USER for this host"),
    1142: ("", "Run what auditctl grants prints for this account"),
    1143: ("", "Run what auditctl grants prints for this account"),
    1227: ("", "Run what auditctl grants prints for this account"),
    1317: CANCELLED,
    1820: _EXPIRED,
    1862: _EXPIRED,
    1927: LOST,
    1969: TIMEOUT,
    3024: TIMEOUT,
    **dict.fromkeys(_LOST_NUMBERS, LOST),
    4031: LOST,
    _REFUSED_TLS: _TLS,
    3159: ("the server takes no unencrypted connection", "Add ?ssl_ca=FILE to the source URL"),
    3820: ("the account is locked", "ALTER USER ... ACCOUNT UNLOCK"),
    4151: ("the account is locked", "ALTER USER ... ACCOUNT UNLOCK"),
}
# Words of a refused connection (error 2003, or no number at all) -> what happened, and what to do.
_REFUSALS: Final = (
    ("timed out", NO_ROUTE),
    ("No route to host", NO_ROUTE),
    ("unreachable", NO_ROUTE),
    ("Name or service not known", UNKNOWN_HOST),
    ("certificate is not valid for", OTHER_HOST),
    (
        "certificate verify failed",
        (
            "the certificate is not of an authority that is trusted",
            "Give that of its authority: ?ssl_ca=FILE; and see that it has not expired",
        ),
    ),
    ("SSL", _TLS),
    ("certificate", _TLS),
    ("Packet sequence number wrong", _OTHER_SERVER),
    ("cryptography", ("the server wants a password encrypted with RSA", "Install auditctl again")),
)


def code(error: DBAPIError) -> int | None:
    """Return the server's error number, where it gave one."""
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return number if isinstance(number, int) else None


def explain(error: DBAPIError, where: str, *, connected: bool = True) -> SourceError:
    """Return an error of the driver as one line; it quotes the server only where it speaks of tables and rights.

    Whoever is lost before it was `connected` has not shown that it is a server of this kind.
    """
    number = code(error)
    words = str(error.orig.args[-1]) if error.orig is not None and error.orig.args else type(error.orig).__name__
    if number == LOCK_TIMEOUT:
        return locked(where, "", error)
    if number in _LOST_NUMBERS and not connected:
        return failed(where, *_OTHER_SERVER)
    if number == _REFUSED_TLS and "server doesn't support" in words:
        return failed(where, *NO_TLS)
    if number in (2003, None, 0):
        return failed(where, *next((answer for pattern, answer in _REFUSALS if pattern in words), UNREACHABLE))
    reason, hint = _NUMBERS.get(number, ("", ""))
    return failed(where, reason or show(words), hint)
