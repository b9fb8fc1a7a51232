"""One run sees one moment of the database; what came too late for it is told by the next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from auditctl.catalogue.load import load_catalogue
from auditctl.period import Period
from auditctl.population.build import Needs, build_population
from auditctl.population.given import read_given
from auditctl.population.model import Population
from auditctl.population.recount import EarlierRead, recount
from auditctl.settings import Settings
from auditctl.source.database import DatabaseSource
from tests.redaction import REDACTION
from tests.servers.databases import Loaded

from .opened import NOVEMBER, OpenAt

PERIOD = Period("2026-11", NOVEMBER.since, NOVEMBER.until, "UTC")
ROW = "INSERT INTO logs ({}action, user_id, dttm) VALUES ({}'welcome', 1, '2026-11-24 01:55:00')"


def written(loaded: Loaded, *, id_: int | None = None) -> None:
    """Write a row of November into the log."""
    loaded.run(ROW.format("", "") if id_ is None else ROW.format("id, ", f"{id_}, "))


def read(source: DatabaseSource) -> EarlierRead:
    """Return what a pack would say of the log that it read."""
    summary = source.log_summary(NOVEMBER)
    return EarlierRead(NOVEMBER.since, NOVEMBER.until, summary.within.counted, summary.whole.highest)


def built(source: DatabaseSource, folder: Path) -> Population:
    settings = Settings()
    needs = Needs.of(load_catalogue().queries.values())
    return build_population(source, load_catalogue(), needs, PERIOD, settings, read_given(settings), REDACTION, folder)


def test_rows_committed_while_a_report_reads_are_in_none_of_its_tables(
    loaded: Loaded, open_at: OpenAt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm, busy = tmp_path / "calm", tmp_path / "busy"
    calm.mkdir()
    busy.mkdir()
    expected = {table.name: table.rows for table in built(open_at(loaded.url()), calm).tables}
    source = open_at(loaded.url())
    summarise = type(source).log_summary

    def meanwhile(self: DatabaseSource, window: object) -> object:
        """Superset goes on writing, after the first statement of the run and before the next."""
        found = summarise(self, window)  # type: ignore[arg-type]
        written(loaded)
        loaded.run(
            "INSERT INTO ab_user (id, first_name, last_name, username, email) VALUES (900, 'a', 'b', 'late', 'l@x')",
            "INSERT INTO ab_user_role (id, user_id, role_id) SELECT 900, 900, min(id) FROM ab_role",
        )
        return found

    monkeypatch.setattr(type(source), "log_summary", meanwhile)
    population = built(source, busy)
    assert {table.name: table.rows for table in population.tables} == expected
    assert population.mismatches == ()
    assert loaded.run("SELECT count(*) FROM ab_user WHERE username = 'late'") == [(1,)]


def test_a_row_with_a_new_id_and_an_old_time_came_late(loaded: Loaded, open_at: OpenAt) -> None:
    earlier = read(open_at(loaded.url()))
    written(loaded, id_=5000)
    written(loaded, id_=5002)
    found = recount(open_at(loaded.url()), earlier)
    assert (found.now - found.then, found.after, found.passed, found.gone) == (2, 2, 0, 0)
    assert (found.lowest, found.highest) == (5000, 5002)


def test_a_row_that_was_committed_after_the_read_with_an_id_given_before_it_came_late(
    loaded: Loaded, open_at: OpenAt
) -> None:
    with loaded.server.connect(loaded.database) as slow:
        slow.execute(text("BEGIN"))
        slow.execute(text(ROW.format("id, ", "4000, ")))
        written(loaded, id_=4001)
        source = open_at(loaded.url())
        earlier = read(source)
        slow.execute(text("COMMIT"))
    assert earlier.highest == 4001
    found = recount(open_at(loaded.url()), earlier)
    assert (found.after, found.passed, found.gone) == (0, 1, 0)
    assert "committed after that read with ids given before it: 1 at least" in found.sentence


def test_a_pack_is_not_final_while_a_transaction_of_its_period_still_writes(pg: Loaded, open_at: OpenAt) -> None:
    with pg.server.connect(pg.database) as slow:
        slow.execute(text("BEGIN"))
        slow.execute(text(ROW.format("id, ", "4000, ")))
        point = open_at(pg.url()).facts.read_point
        slow.execute(text("ROLLBACK"))
    assert point.writing_since is not None
    assert point.writing_since <= datetime.now(UTC)


def test_rows_that_are_gone_are_told(loaded: Loaded, open_at: OpenAt) -> None:
    earlier = read(open_at(loaded.url()))
    loaded.run("DELETE FROM logs WHERE id IN (3, 4, 5)")
    written(loaded, id_=5000)
    found = recount(open_at(loaded.url()), earlier)
    assert (found.after, found.passed, found.gone) == (1, 0, 3)
    assert found.sentence.endswith("No longer there: 3 at least.")


def test_nothing_late_and_nothing_gone_is_said(loaded: Loaded, open_at: OpenAt) -> None:
    found = recount(open_at(loaded.url()), read(open_at(loaded.url())))
    assert (found.late, found.gone) == (0, 0)
    assert found.sentence.endswith("None came late, and none is gone.")
