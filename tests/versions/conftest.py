"""The population of the scripted day, per version, each built once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Catalogue
from auditctl.settings import Scope, Settings, Source
from tests.fixture.built import FIXTURE, Built, build

from .truth import VERSIONS

# Only admin may take patient data out: alice, who did, is not on the list.
_SCOPE = Scope("phi", tables=("main.patients",), permitted=("admin",))
SETTINGS = Settings(source=Source(server_zone="UTC"), scopes=(_SCOPE,))


def database(version: str) -> Path:
    """Return the metadata database that this version wrote."""
    return FIXTURE if version == "6.1.0" else FIXTURE.with_name(f"superset-{version}-metadata.sqlite")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def day(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Built]:
    """Version -> what was read from its database."""
    return {
        version: build(database(version), tmp_path_factory.mktemp("version"), catalogue, SETTINGS)
        for version in VERSIONS
    }


@pytest.fixture
def changed(catalogue: Catalogue, tmp_path: Path) -> Callable[..., Built]:
    """Build from a copy of a version's database on which SQL was run."""

    def make(version: str, *statements: str) -> Built:
        path = tmp_path / "changed.sqlite"
        path.write_bytes(database(version).read_bytes())
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        workspace = tmp_path / "workspace"
        workspace.mkdir(mode=0o700)
        return build(path, workspace, catalogue, SETTINGS)

    return make


def logged(action: str, at: str, json: str, user_id: int | None = 2) -> str:
    """Return an INSERT of one row of `logs`, without object columns; account 2 is alice."""
    user = "NULL" if user_id is None else str(user_id)
    text = json.replace("'", "''")
    return (
        "INSERT INTO logs (action, user_id, json, dttm, duration_ms)"
        f" VALUES ('{action}', {user}, '{text}', '{at}.000000', 10)"
    )
