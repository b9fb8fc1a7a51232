"""The user's folder of queries, found without reading the rest of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def own_queries(folder: Path | None, config: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the folder that a call names, else that of the environment, else that of auditctl.toml, if any.

    A file that cannot be read names none, and neither does a value that is no path: both are said when a command
    runs, by `auditctl.settings`.
    """
    if folder is not None:
        return folder
    if "AUDITCTL_CATALOGUE" in environ:
        outranking = _path(environ["AUDITCTL_CATALOGUE"])
        return outranking and outranking.absolute()
    file = config or Path(environ.get("AUDITCTL_CONFIG") or "auditctl.toml")
    found = _path(_document(file).get("catalogue"))
    return file.absolute().parent / found if found else None


def _path(value: object) -> Path | None:
    return Path(value) if isinstance(value, str) and value else None


def _document(file: Path) -> Mapping[str, object]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
        from tomllib import loads  # after the file is there to be read

        return loads(text)
    except (OSError, ValueError, RecursionError):
        return {}
