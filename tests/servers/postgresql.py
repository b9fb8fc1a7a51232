"""A PostgreSQL of the test run."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from typing import Final

from .launch import HOST, CannotStartError, Launcher, free_port, program
from .server import Server

# Nothing of it outlives the run, so nothing needs to reach the disk.
_SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "40",
    "shared_buffers": "32MB",
    "wal_level": "replica",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "timezone": "America/New_York",  # what is read must not depend on it
}


def start_postgresql(launcher: Launcher) -> Server:
    """Start a PostgreSQL that checks the password of every connection.

    Raises:
        CannotStartError: it is not installed, or does not start.
    """
    initdb, postgres = (program(name, folders()) for name in ("initdb", "postgres"))
    if initdb is None or postgres is None:
        raise CannotStartError("initdb and postgres are not installed (Debian: postgresql)")
    server = Server("postgresql", HOST, free_port(), "postgres", secrets.token_hex(16), "")
    password = launcher.secret("password", server.password)
    data = launcher.folder / "data"
    launcher.finish(
        initdb,
        f"--pgdata={data}",
        f"--username={server.admin}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    )
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    # On SIGQUIT it takes its children along.
    return launcher.serve(
        server,
        "SELECT split_part(current_setting('server_version'), ' ', 1)",
        postgres,
        f"--port={server.port}",
        *settings,
        "-D",
        data,
        stop=signal.SIGQUIT,
    )


def folders() -> list[Path]:
    """Return where the newest PostgreSQL is first: Debian has its servers on no path."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
