"""The address of a source: what may be given where."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from auditctl.errors import UsageError
from auditctl.settings.load import exposed_secret
from auditctl.settings.url import holds_secret, resolve_url
from auditctl.source.url_options import check_options
from auditctl.text import show

# As SQLALCHEMY_DATABASE_URI may have them, whatever the driver behind the +: auditctl brings its own.
_KINDS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_WAYS = "set AUDITCTL_SOURCE_URL, use --url-file FILE, or put it into auditctl.toml"


def choose_url(*, argument: str | None, url_file: Path | None, configured: str | None) -> URL:
    """Return the source's URL: the argument, else the file, else the environment or auditctl.toml.

    Raises:
        UsageError: no source was given, the URL cannot be read, is of a kind that this version does not read or has
            an option that it does not take, or an argument holds a password (every user of the machine can read a
            process's arguments).
    """
    if argument is not None:
        if holds_secret(argument):
            raise UsageError(
                "--url holds a password, and every user of this machine can read it there", hint=f"Instead {_WAYS}"
            )
        return _readable(resolve_url(argument, Path()))
    if url_file is not None:
        return _readable(resolve_url(_read_url_file(url_file), Path()))
    if configured is not None:
        return _readable(configured)
    raise UsageError("no source given", hint=f"Give --url URL before the command, {_WAYS}")


def choose_audit_url(*, argument: str | None, configured: str | None) -> URL | None:
    """Return the URL of the recorder's own database: the argument, else the environment or auditctl.toml, else None.

    Raises:
        UsageError: the URL cannot be read, or an argument holds a password.
    """
    if argument is None:
        return None if configured is None else _readable(configured)
    if holds_secret(argument):
        raise UsageError(
            "--audit-url holds a password, and every user of this machine can read it there",
            hint="Instead set AUDITCTL_AUDIT_URL, or put it into auditctl.toml",
        )
    return _readable(resolve_url(argument, Path()))


def _readable(text: str) -> URL:
    url = make_url(text)
    kind = _KINDS.get(url.get_backend_name())
    if kind is None:
        raise UsageError(
            f"sources of kind {show(url.get_backend_name())} cannot be read",
            hint="Give the metadata database of Superset: postgresql://, mysql://, mariadb:// or sqlite:///",
        )
    return check_options(url.set(drivername=kind))


def _read_url_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            mode, text = os.fstat(stream.fileno()).st_mode, stream.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "error").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"--url-file {show(path)}: {reason}", hint="Give a file with the URL alone") from None
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1:
        raise UsageError(f"--url-file {show(path)}: expected one line with a URL, found {len(lines)}")
    if exposed := exposed_secret(path, mode, lines[0]):
        raise UsageError(f"--url-file {show(path)}: {exposed}")
    return lines[0]
