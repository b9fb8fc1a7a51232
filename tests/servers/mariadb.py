"""A MariaDB of the test run."""

from __future__ import annotations

import secrets
import signal
from typing import Final

from .launch import HOST, CannotStartError, Launcher, free_port, program
from .server import Server

_FOLDERS: Final = ["/usr/sbin"]
# A server as a Superset would have it, with a binary log. Nothing of it outlives the run, so nothing needs to reach
# the disk.
_SETTINGS: Final = (
    f"--bind-address={HOST}",
    "--socket=socket",
    "--pid-file=pid",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--default-time-zone=-05:00",  # what is read must not depend on it
    "--server-id=1",
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--sync-binlog=0",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--query-cache-type=0",
    "--query-cache-size=0",
    "--max-allowed-packet=64M",
)


def start_mariadb(launcher: Launcher, *options: str) -> Server:
    """Start a MariaDB whose one administrator has a password; `options` outrank the common ones.

    Raises:
        CannotStartError: it is not installed, or does not start.
    """
    install = program("mariadb-install-db", _FOLDERS)
    mariadbd = program("mariadbd", _FOLDERS)
    if install is None or mariadbd is None:
        raise CannotStartError("mariadb-install-db and mariadbd are not installed (Debian: mariadb-server-core)")
    server = Server("mariadb", HOST, free_port(), "root", secrets.token_hex(16), "")
    data = launcher.folder / "data"
    launcher.finish(
        install,
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-name-resolve",
        "--skip-test-db",
    )
    # Run before the first connection is taken: at no time can anybody come in without the password.
    first = launcher.secret(
        "first.sql",
        "DELETE FROM mysql.global_priv WHERE User IN ('root', '');\n"
        "FLUSH PRIVILEGES;\n"
        f"CREATE USER root@'{HOST}' IDENTIFIED BY '{server.password}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO root@'{HOST}' WITH GRANT OPTION;\n",
    )
    return launcher.serve(
        server,
        "SELECT substring_index(version(), '-', 1)",
        mariadbd,
        "--no-defaults",
        f"--datadir={data}",
        f"--port={server.port}",
        f"--init-file={first}",
        *_SETTINGS,
        *options,
        stop=signal.SIGKILL,
    )
