"""Source URLs: made independent of the current folder, and shown without their secrets.

SQLAlchemy's own `str` hides the password but not what a query string holds, and an `@` that was not percent-encoded
moves the rest of the password into the host. Nothing here quotes a URL that was not understood.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from auditctl.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SECRET_OPTION = re.compile(r"pass(?:wd|word|phrase)|pwd|token|secret|credential|private_?key|api_?key")


def resolve_url(text: str, folder: Path) -> str:
    """Return a checked source URL whose SQLite file, when relative, begins at `folder`.

    Raises:
        UsageError: it is no URL, a part of it cannot be meant, or it names no SQLite file. The URL is never quoted.
    """
    url = _parse(text)
    _check_query(url, text.strip())
    if url.get_backend_name() != "sqlite":
        if any(_CONTROL.search(part) for part in (url.username, url.password, url.database) if part):
            raise UsageError("The source URL has a control character in its account or database", hint="Leave it out")
        return url.render_as_string(hide_password=False)
    file = url.database
    if not file or file == ":memory:" or file.startswith("file:"):
        raise UsageError("The source URL names no SQLite file", hint="Write sqlite:///metadata.sqlite")
    placed = url.set(database=str(folder.absolute() / file))
    rendered = placed.render_as_string(hide_password=False)
    if _parse(rendered).database != placed.database:  # SQLAlchemy before 2.1 does not encode the path
        raise UsageError("The path of the SQLite file cannot be part of a URL", hint="Avoid ? and % in its folders")
    return rendered


def redact_url(text: str) -> str:
    """Return dialect, host, port and database of a source URL, of a file only its name.

    Raises:
        UsageError: it is no URL.
    """
    url = _parse(text)
    database = url.database or ""
    if not url.host:
        return f"{url.get_backend_name()}:///{Path(database).name}"
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = "" if url.port is None else f":{url.port}"
    return f"{url.get_backend_name()}://{host}{port}/{database}"


def holds_secret(text: str) -> bool:
    """Return whether a source URL holds a password, token or key, also in its query string."""
    url = _parse(text)
    return bool(url.password) or bool(_secret_options(url))


def without_secrets(text: str) -> str:
    """Return a source URL without its password, and without the options that hold a secret.

    Raises:
        UsageError: it is no URL.
    """
    url = _parse(text)
    kept = url.difference_update_query(_secret_options(url))
    return kept._replace(password=None).render_as_string(hide_password=False)


def password_place(text: str) -> str:
    """Return, in words, where the password of a source can be kept; nothing for a file."""
    url = _parse(text)
    ways = "or give the whole URL by AUDITCTL_SOURCE_URL or --url-file."
    if url.get_backend_name() == "postgresql":
        parts = (url.host or "localhost", str(url.port or 5432), url.database or "*", url.username or "*")
        line = ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in parts)
        escaped = "with : and \\ in PASSWORD written \\: and \\\\"
        return f"Write the line {line}:PASSWORD into ~/.pgpass (mode 0600), {escaped}, {ways}"
    if url.get_backend_name() in ("mysql", "mariadb"):
        file = 'Write [client] and password = "..." into a file (mode 0600)'
        return f"{file} and add ?read_default_file=/path/of/that/file to the URL, {ways}"
    return ""


def _secret_options(url: URL) -> list[str]:
    """Return the names of options that hold a secret, not those that only say which file does."""
    within_odbc = [setting.partition("=")[0] for setting in str(url.query.get("odbc_connect", "")).split(";")]
    names = {option: [option] for option in url.query} | {"odbc_connect": within_odbc}
    return [option for option, parts in names.items() if any(map(_is_secret, parts))]


def _is_secret(option: str) -> bool:
    name = option.lower()
    return not name.endswith(("path", "file")) and _SECRET_OPTION.search(name) is not None


def _parse(text: str) -> URL:
    # Importing SQLAlchemy takes a quarter of a second, and commands without a source do not need it.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    hint = "Write dialect://user:password@host/database, with @ : / ? # % in the password percent-encoded"
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):  # their messages may quote a part of the password
        raise UsageError("The source URL cannot be read", hint=hint) from None
    if url.host and not _HOST.fullmatch(url.host):
        raise UsageError("The source URL has something before its database that is no host", hint=hint)
    if url.host and "@" in (url.database or ""):
        raise UsageError("The source URL has an @ in the name of its database", hint=hint)
    if url.port is not None and not 0 < url.port < 65536:
        raise UsageError("The source URL has a port that cannot be one", hint="Ports are 1 to 65535")
    return url


def _check_query(url: URL, text: str) -> None:
    """Refuse what SQLAlchemy would drop without a word, or take for an option.

    Raises:
        UsageError: an option has no value, or a part of the password is among them.
    """
    behind = text if url.username is None else text.partition("@")[2]  # a password may hold a ?
    query = behind.partition("?")[2]
    if url.host and "@" in query:
        raise UsageError("The source URL has an @ behind its ?", hint="Percent-encode it: %40, and a ? as %3F")
    if any(part and not part.partition("=")[2] for part in query.split("&")):
        raise UsageError(
            "The source URL has an option without a value", hint="Write it as option=value, or leave it out"
        )
