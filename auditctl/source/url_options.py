"""The options that the URL of a source may have, by kind of database, and what each of them takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import URL

from auditctl.errors import UsageError


@dataclass(frozen=True, slots=True)
class _Form:
    """What an option takes."""

    words: str
    pattern: str


def _one_of(*words: str) -> _Form:
    return _Form(f"one of {', '.join(words)}", "|".join(map(re.escape, words)))


SWITCH: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
"""What a switch may be set to, and what that means."""
_TEXT = _Form("text without control characters", r"[^\x00-\x1f\x7f]+")
_FOLDER = _Form("a folder, which begins with /", r"/[^\x00-\x1f\x7f:,]*")
_FILE = _Form("a path, which begins with /", r"/[^\x00-\x1f\x7f]+")
_SECONDS = _Form("a number of seconds from 1 to 99999", r"[1-9][0-9]{0,4}")
_NUMBER = _Form("a whole number", r"[0-9]{1,9}")
_PORT = _Form("the number of a port", r"[1-9][0-9]{0,4}")
_BIT = _one_of("0", "1")
_SWITCH = _one_of(*SWITCH)
_TLS = _one_of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_NEED = _one_of("disable", "prefer", "require")

# PostgreSQL: of libpq's own. MySQL and MariaDB: as SQLAlchemy names them.
_KNOWN: Final[Mapping[str, Mapping[str, _Form]]] = {
    "postgresql": {
        "application_name": _TEXT,
        "channel_binding": _NEED,
        "connect_timeout": _SECONDS,
        "gssencmode": _NEED,
        "host": _FOLDER,
        "keepalives": _BIT,
        "keepalives_count": _NUMBER,
        "keepalives_idle": _NUMBER,
        "keepalives_interval": _NUMBER,
        "krbsrvname": _TEXT,
        "options": _TEXT,
        "passfile": _TEXT,
        "port": _PORT,
        "require_auth": _TEXT,
        "requirepeer": _TEXT,
        "service": _TEXT,
        "ssl_max_protocol_version": _TLS,
        "ssl_min_protocol_version": _TLS,
        "sslcert": _TEXT,
        "sslcertmode": _one_of("disable", "allow", "require"),
        "sslcrl": _TEXT,
        "sslcrldir": _TEXT,
        "sslkey": _TEXT,
        "sslmode": _one_of("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
        "sslpassword": _TEXT,
        "sslrootcert": _TEXT,
        "sslsni": _BIT,
        "target_session_attrs": _one_of("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
        "tcp_user_timeout": _NUMBER,
    },
    "mysql": {
        "connect_timeout": _SECONDS,
        "read_default_file": _TEXT,
        "read_default_group": _TEXT,
        "ssl_ca": _TEXT,
        "ssl_capath": _TEXT,
        "ssl_cert": _TEXT,
        "ssl_check_hostname": _SWITCH,
        "ssl_key": _TEXT,
        "ssl_key_password": _TEXT,
        "ssl_verify_cert": _SWITCH,
        "ssl_verify_identity": _SWITCH,
        "unix_socket": _FILE,
    },
    "sqlite": {},
}
# Often part of a URL that was copied from SQLALCHEMY_DATABASE_URI. How text and files are read is not left to it.
_IGNORED: Final[Mapping[str, tuple[str, ...]]] = {
    "postgresql": ("client_encoding",),
    "mysql": ("charset", "use_unicode"),
    "sqlite": ("cache", "check_same_thread", "mode", "timeout", "uri"),
}
# They lead elsewhere than the host that is printed everywhere.
_INSTEAD_OF_HOST: Final = {"host", "port", "service", "unix_socket"}


def check_options(url: URL) -> URL:
    """Return the URL of a source (of kind postgresql, mysql or sqlite) without the options that are ignored.

    Raises:
        UsageError: it has an option that is not known, not of that form, given twice, or in the way of its host.
    """
    kind = url.get_backend_name()
    known, ignored = _KNOWN[kind], _IGNORED[kind]
    for name, value in url.query.items():
        if name not in known and name not in ignored:
            named = f"the option {name}" if re.fullmatch(r"[A-Za-z_]{1,40}", name) else "an option"
            raise UsageError(
                f"The source URL has {named}, which is not taken", hint=f"Known are {', '.join(known) or 'none'}"
            )
        if not isinstance(value, str):
            raise UsageError(f"The source URL has the option {name} more than once", hint="Give it once")
        if name in ignored:
            continue
        if name in _INSTEAD_OF_HOST and url.host and (name, url.host) != ("unix_socket", "localhost"):
            raise UsageError(
                f"The source URL has the option {name} beside its host",
                hint="Leave one of the two out",
            )
        if not re.fullmatch(known[name].pattern, value):
            raise UsageError(
                f"The option {name} of the source URL cannot have that value: it takes {known[name].words}"
            )
    return url.difference_update_query(ignored)


@contextmanager
def understood() -> Iterator[None]:
    """Connect within it: what a driver cannot take of a URL is not its server's fault.

    Raises:
        UsageError: the driver met a value that it cannot use; the URL is not quoted.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, OSError):  # an error of the server is of the driver's own kind
        raise UsageError(
            "The source URL has something that its driver cannot take",
            hint="Check its user, password, host, database and options",
        ) from None
