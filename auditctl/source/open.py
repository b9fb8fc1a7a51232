"""Open the source that was asked for."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Options


def open_source(url: URL, options: Options, workspace: Path) -> DatabaseSource:
    """Open `url` read-only at one read point; `workspace` is a private folder for what must be copied first.

    Raises:
        SourceError: it is missing, unreachable, denied, or not a Superset.
        UsageError: the URL names no database, a file that cannot be read, or something that its driver cannot take.
    """
    # A run needs one driver, and each takes a tenth of a second to import.
    match url.get_backend_name():
        case "postgresql":
            from auditctl.source.postgresql import PostgresqlSource

            return PostgresqlSource(url, options)
        case "mysql" | "mariadb":
            from auditctl.source.mysql import MysqlSource

            return MysqlSource(url, options)
    from auditctl.source.sqlite import SqliteSource

    return SqliteSource(url, options, workspace)
