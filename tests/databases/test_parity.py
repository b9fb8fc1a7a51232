"""Whatever the database, every query gives the same rows; of times MariaDB keeps whole seconds, and that is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from auditctl.catalogue.load import load_catalogue
from auditctl.demo.generate import DemoOptions, write_demo
from auditctl.period import Period
from auditctl.population.asked import asked_scope
from auditctl.population.build import Needs, build_population
from auditctl.population.given import read_given
from auditctl.population.model import Population
from auditctl.run.execute import parameter_values, runner
from auditctl.settings import Settings, Source, load_settings
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.redaction import REDACTION
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, NOW, At, as_given, checksums, sqlite_copy

CATALOGUE = load_catalogue()
QUERIES = sorted(CATALOGUE.queries)
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A SQLite database to compare the servers with, and how it is asked."""

    file: Path
    settings: Settings
    period: Period
    needed: dict[str, dict[str, str]]
    """Query -> values of its parameters that have no default."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A population, and what every query finds in it."""

    population: Population
    rows: dict[str, Rows]


@dataclass(frozen=True, slots=True)
class Pair:
    """What a server's database answers, and the SQLite file with the same rows."""

    loaded: Loaded
    server: Answers
    sqlite: Answers


def needed(database: str) -> dict[str, dict[str, str]]:
    table = {"table": "main.patients"}
    return {"statements_by_database": {"database": database}, "data_access": table, "who_can": table}


@pytest.fixture(scope="session")
def fixture() -> Subject:
    november = Period("2026-11", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), "UTC")
    settings = Settings(source=Source(server_zone="UTC"))
    return Subject(FIXTURE, settings, november, needed("production"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    until = datetime(2026, 11, 24, 3, tzinfo=UTC)
    files = write_demo(tmp_path_factory.mktemp("parity") / "demo", DemoOptions(events=2_000, until=until, seed=1))
    quarter = Period("2026-Q3", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), "UTC")
    settings = load_settings(files.settings, {})
    return Subject(files.database, settings, quarter, needed("clinical"))


@pytest.fixture(scope="session", params=["fixture", "demo"])
def pair(
    request: pytest.FixtureRequest, server: Server, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Pair:
    subject: Subject = request.getfixturevalue(request.param)
    loaded = databases.shared(server, subject.file)
    folder = tmp_path_factory.mktemp("parity")
    copy = sqlite_copy(folder, subject.file, loaded, whole_seconds=server.kind == "mariadb")
    sqlite = URL.create("sqlite", database=str(copy))
    before = checksums(loaded)
    there, here = (ask(url, subject, folder / name) for name, url in (("server", loaded.url()), ("sqlite", sqlite)))
    assert checksums(loaded) == before, "the source was changed"
    return Pair(loaded, there, here)


def ask(url: URL, subject: Subject, workspace: Path) -> Answers:
    """Build every relation from `url` and run every query over the subject's period."""
    workspace.mkdir(mode=0o700)
    settings = replace(subject.settings, now=NOW)
    asked = asked_scope(CATALOGUE.queries["data_access"], subject.needed["data_access"])
    everything = replace(Needs.of(CATALOGUE.queries.values()), asked=asked)
    source = open_source(as_given(url), Options(zone=settings.source.server_zone), workspace)
    try:
        given = read_given(settings)
        population = build_population(
            At(source), CATALOGUE, everything, subject.period, settings, given, REDACTION, workspace
        )
    finally:
        source.close()
    found = {}
    with runner(population, CATALOGUE, settings.limits) as run:
        for name, query in CATALOGUE.queries.items():
            evidence = run.run(query, parameter_values(query, {}, subject.needed.get(name, {})))
            found[name] = [row for batch in evidence.all_rows().batches() for row in batch.to_pylist()]
    return Answers(population, found)


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_gives_the_rows_that_it_gives_on_sqlite(pair: Pair, query: str) -> None:
    assert pair.server.rows[query] == pair.sqlite.rows[query]


def test_the_queries_find_something_to_compare(pair: Pair) -> None:
    found = {query for query, rows in pair.sqlite.rows.items() if rows}
    assert len(found) >= 15, sorted(set(QUERIES) - found)


def test_every_table_is_read_whole(pair: Pair) -> None:
    there, here = (
        {table.name: (table.rows, table.counted, table.unreadable) for table in answers.population.tables}
        for answers in (pair.server, pair.sqlite)
    )
    assert there == here
    assert all(rows == counted for rows, counted, _ in there.values())


def test_what_can_be_evidenced_is_the_same(pair: Pair) -> None:
    assert pair.server.population.capabilities == pair.sqlite.population.capabilities


def test_whole_seconds_are_said_where_they_are_all_that_is_kept(pair: Pair) -> None:
    said = [note for note in pair.server.population.notes if "whole seconds" in note]
    assert len(said) == (1 if pair.loaded.server.kind == "mariadb" else 0)
