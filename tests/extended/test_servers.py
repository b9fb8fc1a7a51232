"""PostgreSQL and MariaDB answer what SQLite answers, with the types that loggers there choose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .made import RECORDER, STORY, answer, answer_at, write

EVENT = {"event_id": "0f0e-1", "source_ip": "203.0.113.7", "attempted_username": "mallory", "event_outcome": "refused"}
ROWS = [{**STORY[1], **EVENT}, *STORY[2:]]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("servers") / "log.db", ROWS, RECORDER)


@pytest.fixture
def log(server: Server, databases: Databases, sqlite: Path) -> Iterator[Loaded]:
    with databases.private(server, sqlite) as private:
        yield private


def test_every_query_gives_the_rows_that_it_gives_on_sqlite(log: Loaded, sqlite: Path, tmp_path: Path) -> None:
    there, here = answer_at(log.url(), tmp_path), answer(sqlite)
    assert there.every(database="clinical") == here.every(database="clinical")
    assert there.population.capabilities == here.population.capabilities
    assert [table.unreadable for table in there.population.tables] == [0] * len(there.population.tables)
    assert len(here.rows("failed_logins", "source_ref")) == 2


def test_the_other_time_is_read_in_the_servers_own_sql(log: Loaded, sqlite: Path, tmp_path: Path) -> None:
    column = '"timestamp"' if log.server.kind == "postgresql" else "`timestamp`"
    log.run(f"UPDATE logs SET {column} = dttm", "UPDATE logs SET dttm = '2026-01-01 00:00:00'")
    there, here = answer_at(log.url(), tmp_path), answer(sqlite)
    assert there.every(database="clinical") == here.every(database="clinical")
    assert there.population.mismatches == ()


def test_a_time_with_a_zone_and_an_error_in_words_are_read(
    postgresql: Server, databases: Databases, sqlite: Path, tmp_path: Path
) -> None:
    with databases.private(postgresql, sqlite) as private:
        private.run(
            "ALTER TABLE logs ALTER dttm TYPE timestamptz USING dttm AT TIME ZONE 'UTC'",
            "ALTER TABLE logs ALTER has_error TYPE varchar(5) USING CASE WHEN has_error THEN 't' ELSE 'f' END",
        )
        assert answer_at(private.url(), tmp_path).every(database="clinical") == answer(sqlite).every(
            database="clinical"
        )


def test_an_error_in_a_bit_and_whole_milliseconds_are_read(
    mariadb: Server, databases: Databases, sqlite: Path, tmp_path: Path
) -> None:
    with databases.private(mariadb, sqlite) as private:
        private.run("ALTER TABLE logs MODIFY has_error BIT(1)")
        assert answer_at(private.url(), tmp_path).every(database="clinical") == answer(sqlite).every(
            database="clinical"
        )
