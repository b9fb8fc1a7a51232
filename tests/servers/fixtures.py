"""The fixtures of the test servers, and the line at the end that says which databases were used."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from .databases import Databases
from .server import Kind, Server
from .session import find_servers, started_servers

_NAMES: dict[Kind, str] = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """Return what hands out databases that are filled from SQLite files."""
    return Databases(_folder(pytestconfig))


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> Server:
    """Return the run's PostgreSQL, or skip the test and say why there is none."""
    return server_or_skip("postgresql", _servers(pytestconfig))


@pytest.fixture(scope="session")
def mariadb(pytestconfig: pytest.Config) -> Server:
    """Return the run's MariaDB, or skip the test and say why there is none."""
    return server_or_skip("mariadb", _servers(pytestconfig))


@pytest.fixture(scope="session", params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    """Return each server in turn."""
    return server_or_skip(request.param, _servers(request.config))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    used = [f"SQLite {sqlite3.sqlite_version}"]
    for kind, found in started_servers(_folder(terminalreporter.config)).items():
        used.append(f"{_NAMES[kind]} {found.version}" if isinstance(found, Server) else f"no {_NAMES[kind]}: {found}")
    terminalreporter.write_line(f"databases: {', '.join(used)}")


def server_or_skip(kind: Kind, servers: dict[Kind, Server | str]) -> Server:
    """Return the server of a kind, or skip the test with the reason why there is none."""
    found = servers[kind]
    if isinstance(found, str):
        pytest.skip(found)
    return found


def _servers(config: pytest.Config) -> dict[Kind, Server | str]:
    _folder(config).mkdir(exist_ok=True)
    # A worker is a child of the process that runs the session.
    return find_servers(_folder(config), os.getppid() if _is_worker(config) else os.getpid())


def _folder(config: pytest.Config) -> Path:
    """Return the folder that all processes of the run share."""
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    base = factory.getbasetemp()
    return (base.parent if _is_worker(config) else base) / "servers"


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
