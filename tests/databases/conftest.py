"""Sources that are closed again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Options
from auditctl.source.open import open_source

from .opened import OpenAt, as_given


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
