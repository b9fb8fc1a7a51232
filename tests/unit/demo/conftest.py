"""One small demo as the recorder's users have it, and the same one as a stock Superset."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.demo.generate import DemoOptions, write_demo
from auditctl.period import Period
from auditctl.settings import load_settings
from tests.fixture.built import Built, build

from .made import UNTIL, Demo

# Q3 in Berlin.
QUARTER = Period(
    "2026-Q3", datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC), "Europe/Berlin"
)


def make_demo(factory: pytest.TempPathFactory, *, stock: bool) -> Iterator[Demo]:
    files = write_demo(factory.mktemp("demo") / "here", DemoOptions(until=UNTIL, events=3_000, stock=stock))
    with closing(sqlite3.connect(f"file:{files.database}?mode=ro", uri=True)) as database:
        yield Demo(files, database, json.loads(files.truth.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    yield from make_demo(tmp_path_factory, stock=False)


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    yield from make_demo(tmp_path_factory, stock=True)


@pytest.fixture(scope="session")
def told(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The population of the demo's quarter, with everything that its settings declare."""
    settings = load_settings(demo.files.settings, {})
    return build(demo.files.database, tmp_path_factory.mktemp("told"), load_catalogue(), settings, period=QUARTER)
