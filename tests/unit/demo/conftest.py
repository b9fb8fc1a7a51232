"""One small demo as the recorder's users have it, and the same one as a stock Superset."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from auditctl.demo.generate import DemoOptions, write_demo

from .made import UNTIL, Demo


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
