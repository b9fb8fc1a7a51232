"""What errors of MySQL and MariaDB mean to the person who runs auditctl: what happened, where, what to do."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.text import show

NO_TABLE: Final = 1146
NO_COLUMN: Final = 1054
_AGAIN = "Nothing was published: run it again"
_TIMEOUT = (
    "a statement took longer than source.statement_timeout allows",
    "Raise source.statement_timeout in auditctl.toml, or ask for a shorter period",
)
_DENIED = (
    "wrong password, or no such account",
    "Correct user and password of the source URL; an account made with REQUIRE SSL wants ?ssl_ca=FILE as well",
)
_TLS = ("TLS was refused", "Check ssl_ca, ssl_cert, ssl_key and the server's certificate")
_LOST = ("the connection was lost", _AGAIN)
_FULL = ("the server, or this account, has no free connection", "Try again, or raise MAX_USER_CONNECTIONS")
_LOCKED = ("another session holds a lock on a table", "Try again when it is released")
_UNREACHABLE = ("no server answers there", "Check host and port of the source URL, and that the server is running")
# Error number -> what happened, and what to do. An empty reason is the server's own sentence.
_NUMBERS: Final = {
    1040: _FULL,
    1203: _FULL,
    1226: _FULL,
    1044: ("the account may not use this database", "GRANT it what auditctl grants prints, or correct the URL"),
    1045: _DENIED,
    1698: _DENIED,
    1049: ("there is no such database", "Correct the last part of the source URL"),
    1130: ("the server takes no connection from here", "CREATE USER for this host"),
    1142: ("", "Run what auditctl grants prints for this account"),
    1143: ("", "Run what auditctl grants prints for this account"),
    1227: ("", "Run what auditctl grants prints for this account"),
    1205: _LOCKED,
    1317: ("somebody cancelled the statement", _AGAIN),
    1927: _LOST,
    1969: _TIMEOUT,
    3024: _TIMEOUT,
    2006: _LOST,
    2013: _LOST,
    4031: _LOST,
    2026: _TLS,
    3159: ("the server takes no unencrypted connection", "Add ?ssl_ca=FILE to the source URL"),
    3820: ("the account is locked", "ALTER USER ... ACCOUNT UNLOCK"),
    4151: ("the account is locked", "ALTER USER ... ACCOUNT UNLOCK"),
}
# Words of a refused connection (error 2003, or no number at all) -> what happened, and what to do.
_REFUSALS: Final = (
    ("timed out", ("there is no route to the server", "Check host and port, firewall and network")),
    ("No route to host", ("there is no route to the server", "Check host and port, firewall and network")),
    ("unreachable", ("there is no route to the server", "Check host and port, firewall and network")),
    (
        "Name or service not known",
        ("the host is not known", "Check the host of the source URL; an @ in the password is written %40"),
    ),
    ("SSL", _TLS),
    ("certificate", _TLS),
    (
        "cryptography",
        ("the server wants a password encrypted with RSA", "Install auditctl again"),
    ),
)


def code(error: DBAPIError) -> int | None:
    """Return the server's error number, where it gave one."""
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return number if isinstance(number, int) else None


def explain(error: DBAPIError, where: str) -> SourceError:
    """Return an error of the driver as one line; it quotes the server only where it speaks of tables and rights."""
    number = code(error)
    words = str(error.orig.args[-1]) if error.orig is not None and error.orig.args else type(error.orig).__name__
    if number in (2003, None, 0):
        reason, hint = next((answer for pattern, answer in _REFUSALS if pattern in words), _UNREACHABLE)
        return SourceError(f"cannot read {where}: {reason}", hint=hint)
    if number in _NUMBERS:
        reason, hint = _NUMBERS[number]
        return SourceError(f"{where}: {reason or show(words)}", hint=hint)
    return SourceError(f"cannot read {where}: {show(words)}")
