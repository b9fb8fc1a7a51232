"""A Superset to be filled, and a query that reads everything of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Catalogue, Kind, Query, Time

from .made import Superset


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def superset(catalogue: Catalogue, tmp_path: Path) -> Superset:
    everything = Query(
        id="everything",
        version=1,
        title="",
        purpose="",
        kind=Kind.LISTING,
        time=Time.PERIOD,
        reads=tuple(catalogue.relations),
        requires=tuple(catalogue.capabilities),
        fallback=None,
        denominator=None,
        lookback=None,
        key=(),
        parameters=(),
        columns=(),
        sql="",
        text="",
        sha256="",
        path=Path("everything.sql"),
        area="",
    )
    return Superset(tmp_path, catalogue, everything)
