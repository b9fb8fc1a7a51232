from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.server import Server as DatabaseServer

from .server import Server, make_business_data, superset_bin


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The metadata of a fresh Superset, in SQLite."""
    assert (superset_bin() / "superset").exists(), "no Superset: run `make test-recorder`"
    folder = tmp_path_factory.mktemp("template")
    Server(folder, f"sqlite:///{folder}/superset.db?check_same_thread=false").set_up()
    return folder / "superset.db"


@pytest.fixture(scope="session")
def business(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("business") / "clinic.db"
    make_business_data(path)
    return path


@pytest.fixture
def superset(template: Path, tmp_path: Path) -> Iterator[Server]:
    """A Superset with its metadata in SQLite, not yet started."""
    shutil.copy(template, tmp_path / "superset.db")
    server = Server(tmp_path, f"sqlite:///{tmp_path}/superset.db?check_same_thread=false&timeout=30")
    yield server
    server.stop()


@pytest.fixture
def superset_on_postgresql(postgresql: DatabaseServer, tmp_path: Path) -> Iterator[Server]:
    """A Superset with its metadata in PostgreSQL, not yet started."""
    name = postgresql.fresh_name("superset")
    postgresql.create_database(name)
    url = postgresql.url(name).set(drivername="postgresql+psycopg2")
    server = Server(tmp_path, url.render_as_string(hide_password=False))
    server.set_up()
    yield server
    server.stop()
    postgresql.drop_database(name)
