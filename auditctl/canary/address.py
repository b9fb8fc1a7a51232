"""The address of a Superset, as a person gives it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from auditctl.errors import UsageError
from auditctl.text import show

_WHAT = "Give the address of Superset, such as https://superset.example.org"


@dataclass(frozen=True, slots=True)
class Address:
    """Where Superset answers, without a slash at the end: `https://superset.example.org`, with a path if it has one."""

    base: str
    host: str
    encrypted: bool

    @property
    def is_loopback(self) -> bool:
        """Whether it is this host, by way of no network."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """Return the address that a text is.

    Raises:
        UsageError: it is none of HTTP, or it holds a user, a query or a fragment.
    """
    if not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(f"{show(text, 80)} is no address", hint=_WHAT)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("this is no address", hint=_WHAT) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("the address of Superset holds a user", hint="Use --user and --password-file")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise UsageError(f"{show(text, 80)} is no address of a Superset", hint=_WHAT)
    return Address(_base(parts), host, parts.scheme == "https")


def _base(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
