"""An empty log to be filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from .made import Made


@pytest.fixture
def made(tmp_path: Path) -> Made:
    folder = tmp_path / "superset"
    folder.mkdir()
    made = Made(folder)
    made.log([])
    return made
