"""Databases with the rows of the fixture, and sources that are closed again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, OpenAt, as_given


@pytest.fixture
def shared(server: Server, databases: Databases) -> Loaded:
    """The fixture on each server in turn, for reading only."""
    return databases.shared(server, FIXTURE)


@pytest.fixture
def loaded(server: Server, databases: Databases) -> Iterator[Loaded]:
    """A copy of one's own on each server in turn."""
    with databases.private(server, FIXTURE) as private:
        yield private


@pytest.fixture
def pg(postgresql: Server, databases: Databases) -> Iterator[Loaded]:
    """A copy of one's own on PostgreSQL."""
    with databases.private(postgresql, FIXTURE) as private:
        yield private


@pytest.fixture
def maria(mariadb: Server, databases: Databases) -> Iterator[Loaded]:
    """A copy of one's own on MariaDB."""
    with databases.private(mariadb, FIXTURE) as private:
        yield private


@pytest.fixture
def open_at(tmp_path: Path) -> Iterator[OpenAt]:
    """Open a URL as the command line does, and close it after the test."""
    opened: list[DatabaseSource] = []

    def open_it(url: URL, options: Options = Options()) -> DatabaseSource:  # noqa: B008 - it is frozen
        source = open_source(as_given(url), options, tmp_path)
        opened.append(source)
        return source

    yield open_it
    for source in opened:
        source.close()
