"""The engine joins heartbeats as Python does, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import duckdb
import pytest

from auditctl.population.capabilities import heartbeat_spans, join_beats

_DAY = datetime(2026, 7, 1, tzinfo=UTC).replace(tzinfo=None)  # as the engine has it

Beat = tuple[datetime, str | None]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _log(connection: duckdb.DuckDBPyConnection, beats: list[Beat]) -> None:
    connection.execute("CREATE TABLE stored (occurred_at TIMESTAMP, kind VARCHAR, heartbeat_kinds VARCHAR)")
    connection.executemany("INSERT INTO stored VALUES (?, 'heartbeat', ?)", beats)
    connection.execute("CREATE VIEW log_rows AS SELECT * FROM stored")


def test_a_silence_longer_than_three_beats_ends_a_span(connection: duckdb.DuckDBPyConnection) -> None:
    at = [_DAY + timedelta(minutes=minutes) for minutes in (0, 5, 10, 25, 41)]
    _log(connection, [(moment, "sign_in,export") for moment in at])
    spans = heartbeat_spans(connection)
    assert list(spans) == ["export", "sign_in"]
    assert [(held.since, held.until) for held in spans["sign_in"]] == [
        (at[0].replace(tzinfo=UTC), at[3].replace(tzinfo=UTC) + timedelta(minutes=5)),
        (at[4].replace(tzinfo=UTC), at[4].replace(tzinfo=UTC) + timedelta(minutes=5)),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_many_beats_of_several_processes_give_the_spans_that_python_finds(
    connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    random = Random(seed)
    beats: list[Beat] = []
    for kinds in ("sign_in", "sign_in,export", "export,sign_in_failure", None):
        at = _DAY
        for _ in range(400):
            at += random.choice(
                [timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=15, microseconds=1), timedelta(hours=1)]
            )
            beats += [(at, kinds)] * random.choice([1, 1, 2])
    random.shuffle(beats)
    _log(connection, beats)
    named = [(kind, at.replace(tzinfo=UTC)) for at, kinds in beats if kinds for kind in kinds.split(",")]
    assert heartbeat_spans(connection) == join_beats(named)


def test_a_population_without_the_log_has_no_heartbeats(connection: duckdb.DuckDBPyConnection) -> None:
    assert heartbeat_spans(connection) == {}
