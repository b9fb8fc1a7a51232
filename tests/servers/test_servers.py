from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from .fixtures import server_or_skip
from .launch import CannotStartError, Launcher
from .server import Server

CHECKOUT = Path(__file__).parents[2]


def process_of(server: Server) -> Path:
    """Return the /proc folder of a process of the server."""
    file = {"postgresql": "postmaster.pid", "mariadb": "pid"}[server.kind]
    return Path(f"/proc/{(folder_of(server) / file).read_text().split()[0]}")


def folder_of(server: Server) -> Path:
    """Return the folder that the server keeps its data in."""
    setting = "SHOW data_directory" if server.kind == "postgresql" else "SELECT @@datadir"
    return Path(server.run(setting)[0][0])


def answers(server: Server) -> bool:
    try:
        server.run("SELECT 1")
    except OperationalError:
        return False
    return True


def test_a_server_listens_on_the_loopback_interface_only(server: Server) -> None:
    sockets = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    listening = [local.split(":") for _, local, _, state, *_ in sockets if state == "0A"]
    assert [address for address, port in listening if int(port, 16) == server.port] == ["0100007F"]


def test_a_server_is_not_run_by_root_and_keeps_its_data_to_itself(server: Server) -> None:
    owner = process_of(server).stat().st_uid
    data = folder_of(server).stat()
    assert owner != 0
    assert (data.st_uid, oct(data.st_mode & 0o077)) == (owner, "0o0")


@pytest.mark.parametrize("password", ["wrong", None])
def test_a_wrong_password_is_refused(server: Server, password: str | None) -> None:
    url = server.url("postgres" if server.kind == "postgresql" else "mysql", server.admin, password)
    engine = create_engine(url, poolclass=NullPool)
    with pytest.raises(OperationalError, match=r"password|Access denied"):
        engine.connect()


def test_mariadb_writes_a_binary_log(mariadb: Server) -> None:
    assert mariadb.run("SHOW MASTER STATUS")[0][0] == "binlog.000001"
    assert mariadb.run("SELECT @@gtid_binlog_pos")[0][0].startswith("0-1-")


def test_the_servers_end_with_the_process_that_they_were_started_for() -> None:
    with subprocess.Popen(["sleep", "60"]) as session:
        command = [sys.executable, "-m", "tests.servers.supervisor", str(session.pid)]
        started = json.loads(subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True).stdout)
        servers = [Server(**found["server"]) for found in started.values()]
        folders = [folder_of(server) for server in servers]
        assert [answers(server) for server in servers] == [True, True]
        session.kill()
    deadline = time.monotonic() + 20
    while any(folder.exists() for folder in folders):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert [answers(server) for server in servers] == [False, False]


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(CannotStartError, match=r"^sh failed: error: no space left$"):
        Launcher(tmp_path / "some").finish("sh", "-c", "echo 'error: no space left'; echo 'removed it'; exit 1")


def test_the_test_of_a_server_that_cannot_be_had_is_skipped_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^mariadbd is not installed$"):
        server_or_skip("mariadb", {"mariadb": "mariadbd is not installed"})


@pytest.mark.parametrize("options", [(), ("-n", "1")])
def test_a_run_says_which_databases_it_used(
    tmp_path: Path, postgresql: Server, mariadb: Server, options: tuple[str, ...]
) -> None:
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['tests.servers.fixtures']", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(server): server.run('SELECT 1')", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), *options, "test_it.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert "2 passed" in run.stdout
    line = f"databases: SQLite {sqlite3.sqlite_version}, PostgreSQL {postgresql.version}, MariaDB {mariadb.version}"
    assert line in run.stdout.splitlines()
