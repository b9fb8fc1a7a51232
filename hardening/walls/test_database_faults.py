"""Wherever reading the log breaks off, the answer is that of an undisturbed run, or there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import FIXTURE, CommandLine
from tests.databases.test_retries import ask, retried
from tests.servers.databases import Databases, Loaded
from tests.servers.proxy import before, kill
from tests.servers.server import Server

ROWS = 1_500
PLACES = [0, 1, 999, 1_000, 1_001, ROWS]


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def loaded(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Loaded]:
    """A log of so many rows, on each server in turn."""
    server: Server = request.getfixturevalue(request.param)
    with databases.private(server, FIXTURE) as private:
        (present,) = private.run("SELECT count(*) FROM logs")[0]
        row = "('filled', '2026-11-24 01\\:55\\:00')"
        private.run(f"INSERT INTO logs (action, dttm) VALUES {', '.join([row] * (ROWS - present))}")
        yield private


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    (tmp_path / "tmp").mkdir()
    return CommandLine(tmp_path)


@pytest.fixture(scope="module")
def calm(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What is answered when nothing happens."""
    folder = tmp_path_factory.mktemp("calm")
    (folder / "tmp").mkdir()
    assert ask(CommandLine(folder), loaded.url(), folder).code in (0, 4)
    return (folder / "rows.csv").read_bytes()


@pytest.mark.parametrize("rows", PLACES)
@pytest.mark.parametrize("killed", [False, True], ids=["cut", "killed"])
def test_after_one_fault_the_answer_is_the_same(
    loaded: Loaded, calm: bytes, auditctl: CommandLine, tmp_path: Path, counts: Counter[str], rows: int, killed: bool
) -> None:
    with before(loaded, rows, kill(loaded) if killed else None) as proxy:
        ended = ask(auditctl, proxy.url(), tmp_path)
    assert (len(proxy.fired), retried(ended)) == (1, ["retry 1 of 3"])
    assert (tmp_path / "rows.csv").read_bytes() == calm
    counts.update(**{f"{loaded.server.kind}_faults": 1, f"{loaded.server.kind}_retries": 1})


@pytest.mark.parametrize("rows", PLACES)
def test_after_a_fault_each_time_there_is_no_answer(
    loaded: Loaded, auditctl: CommandLine, tmp_path: Path, counts: Counter[str], rows: int
) -> None:
    with before(loaded, rows, kill(loaded), times=9) as proxy:
        ended = ask(auditctl, proxy.url(), tmp_path, retries=3 if rows == 1_000 else 1)
    retries = 3 if rows == 1_000 else 1
    assert (ended.code, ended.out, len(proxy.fired), len(retried(ended))) == (3, "", retries + 1, retries)
    assert "the connection was lost" in ended.complaints[-1]
    assert not (tmp_path / "rows.csv").exists()
    counts.update(**{f"{loaded.server.kind}_faults": retries + 1, f"{loaded.server.kind}_retries": retries})
