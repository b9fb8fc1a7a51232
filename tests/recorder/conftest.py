"""The recorder's table on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .stores import Store, file_store, server_store


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return the table with its roles, on SQLite, PostgreSQL and MariaDB."""
    if request.param == "sqlite":
        yield file_store(tmp_path / "audit.db")
        return
    with server_store(request.getfixturevalue(request.param)) as made:
        yield made
