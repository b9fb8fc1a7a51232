"""A Superset to be filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Catalogue

from .made import Superset


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def superset(catalogue: Catalogue, tmp_path: Path) -> Superset:
    return Superset(tmp_path, catalogue)
