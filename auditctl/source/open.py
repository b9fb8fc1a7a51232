"""Open the source that was asked for."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from auditctl.source.interface import Source
from auditctl.source.sqlite import SqliteSource


def open_source(url: URL, *, alias: str, zone: str | None, copy: bool, workspace: Path) -> Source:
    """Open `url` read-only at one read point.

    Raises:
        SourceError: it is missing, unreachable, denied, or not a Superset.
    """
    return SqliteSource(url, alias=alias, zone=zone, copy=copy, workspace=workspace)
