"""The address of a source: what may be given where, and what of it may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from auditctl.errors import SourceError, UsageError

_SECRET_PARAMETERS = ("password", "sslpassword", "passfile", "token", "secret")
_WAYS = "Set AUDITCTL_SOURCE_URL, use --url-file FILE, or put it into auditctl.toml"


def choose_url(*, argument: str | None, url_file: Path | None, configured: str | None) -> URL:
    """Return the source's URL: the argument, else the file, else the environment or auditctl.toml.

    Raises:
        UsageError: no source was given, the URL cannot be read, or an argument holds a password
            (every user of the machine can read a process's arguments).
    """
    if argument is not None:
        url = parse_url(argument, "--url")
        if holds_password(url):
            raise UsageError("--url holds a password, and every user of this machine can read it there", hint=_WAYS)
        return url
    if url_file is not None:
        return parse_url(_read_url_file(url_file), "--url-file")
    if configured is not None:
        return parse_url(configured, "the source's URL")
    raise UsageError("no source given", hint=_WAYS)


def parse_url(text: str, where: str) -> URL:
    """Parse a SQLAlchemy URL; an error never repeats the text, which may hold a password."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise UsageError(
            f"{where} is not a database URL", hint="It looks like sqlite:////srv/superset/superset.db"
        ) from None
    if url.get_backend_name() != "sqlite":
        raise UsageError(
            f"{where}: sources of kind {url.get_backend_name()!r} cannot be read by this version",
            hint="Give the metadata database as SQLite: sqlite:////srv/superset/superset.db",
        )
    return url


def holds_password(url: URL) -> bool:
    """Return whether the URL holds a secret, in its authority or in its query string."""
    return url.password is not None or any(name.lower() in _SECRET_PARAMETERS for name in url.query)


def shown_url(url: URL) -> Mapping[str, str]:
    """Return what of a URL may be shown: dialect, host and database, never a secret."""
    parts = {"dialect": url.get_backend_name(), "host": url.host or "", "database": Path(url.database or "").name}
    return {name: value for name, value in parts.items() if value}


def _read_url_file(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SourceError(f"cannot read the URL from {path}: {reason}", hint="Give a file with the URL alone") from None
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1:
        raise UsageError(f"{path}: expected one line with a URL, found {len(lines)}", hint="Comments begin with #")
    return lines[0]
