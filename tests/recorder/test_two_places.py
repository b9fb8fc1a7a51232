"""Superset's log and the recorder's own database read together: an event of both is one, what one lacks is told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool
from superset_audit_recorder.heartbeat import heartbeat
from superset_audit_recorder.payload import payload_of
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks.database import DatabaseSink

from tests.databases.opened import FIXTURE
from tests.extended.made import Answers, answer_at
from tests.servers.databases import Databases

from .stores import Store, file_store, server_store
from .test_database import uri

KINDS = ["sign_in", "sign_in_failure", "user", "refusal", "export"]
ALICE = 2
PLACES = ("source_ref", "also_ref", "finding")


def at(minute: float) -> datetime:
    return datetime(2026, 9, 30, 9, tzinfo=UTC) + timedelta(minutes=minute)


def beat(minute: int) -> Record:
    return replace(heartbeat(KINDS, "w", "running", {}), occurred_at=at(minute))


def failure(name: str, minute: float) -> Record:
    return Record("UserLoginFailed", "failed", "unknown_user", occurred_at=at(minute), username=name)


@dataclass
class Site:
    """A Superset without a row in its log, and an audit database beside it."""

    metadata: URL
    store: Store
    folder: Path
    told: list[Record] = field(default_factory=list)

    def run(self, statement: str, **values: Any) -> None:
        engine = create_engine(self.metadata, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement), values)

    def log(self, action: str, when: datetime, payload: Any, **columns: Any) -> None:
        """Write a row into Superset's log."""
        row = {"action": action, "dttm": when.replace(tzinfo=None), "json": payload, "user_id": None, **columns}
        row["json"] = payload if isinstance(payload, str) else json.dumps(payload, sort_keys=True)
        names = ", ".join(row)
        self.run(f"INSERT INTO logs ({names}) VALUES ({', '.join(f':{name}' for name in row)})", **row)

    def into_log(self, *records: Record) -> None:
        """Write records as the recorder writes them into Superset's log."""
        for record in records:
            more = {"user_id": record.user_id, "duration_ms": record.duration_ms}
            self.log(record.action, record.occurred_at, payload_of(record), **more)

    def into_audit(self, *records: Record) -> None:
        """Have the recorder write records into its own database."""
        DatabaseSink(uri(self.store.writer)).deliver(list(records))

    def into_both(self, *records: Record) -> None:
        self.into_log(*records)
        self.into_audit(*records)

    def answers(self) -> Answers:
        return answer_at(self.metadata, self.folder, audit=self.store.reader)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        path = tmp_path / "superset.db"
        path.write_bytes(FIXTURE.read_bytes())
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM logs")
            connection.execute("DELETE FROM query")
        made = Site(URL.create("sqlite", database=str(path)), file_store(tmp_path / "audit.db"), tmp_path)
        made.into_both(*map(beat, range(0, 35, 5)))
        yield made
        return
    databases: Databases = request.getfixturevalue("databases")
    server = request.getfixturevalue(request.param)
    anew, driver = {
        "postgresql": ("ALTER SEQUENCE logs_id_seq RESTART", "postgresql+psycopg"),
        "mariadb": ("ALTER TABLE logs AUTO_INCREMENT = 1", "mysql+pymysql"),
    }[request.param]
    with databases.private(server, FIXTURE) as loaded, server_store(server) as store:
        loaded.run("DELETE FROM logs", "DELETE FROM query", anew)
        made = Site(loaded.url().set(drivername=driver), store, tmp_path)
        made.into_both(*map(beat, range(0, 35, 5)))
        yield made


def test_an_event_that_both_hold_counts_once_by_its_row_in_supersets_log(site: Site) -> None:
    site.into_both(failure("mallory", 1))
    found = site.answers()
    assert found.rows("failed_logins", "username", "source_ref") == [("mallory", "logs:8")]
    assert found.rows("recorder_places", *PLACES) == []
    assert found.evidence("recorder_places").population == 8
    (pair,) = found.derived(
        "log_places", "SELECT source_ref, also_ref FROM log_places WHERE action = 'UserLoginFailed'"
    )
    assert pair == ("logs:8", "audit/logs:8")
    assert found.derived("log_rows", "SELECT count(*) FROM log_rows") == [(8,)]
    (held,) = found.capability("sign_in_failures").held
    assert (held.since, held.until) == (at(0), at(35))


def test_what_was_deleted_from_supersets_log_is_still_an_event_and_is_told(site: Site) -> None:
    site.into_both(failure("mallory", 1), failure("trudy", 2))
    site.run("DELETE FROM logs WHERE json LIKE '%mallory%'")
    found = site.answers()
    assert found.rows("failed_logins", "username", "source_ref") == [("mallory", "audit/logs:8"), ("trudy", "logs:9")]
    assert found.rows("recorder_places", *PLACES) == [("audit/logs:8", None, "not in the log of Superset")]
    assert found.rows("id_discontinuities", "from_id", "ids") == [(8, 1)]
    (note,) = [note for note in found.population.notes if "audit database" in note]
    assert note.startswith("Events of the recorder that both Superset's log and the audit database audit hold: 8;")
    assert "Only the log holds 0, only audit 1; of these 1 should be in both." in note


def test_what_the_audit_database_lacks_is_told(site: Site) -> None:
    site.into_log(failure("mallory", 1))
    found = site.answers()
    assert found.rows("failed_logins", "source_ref") == [("logs:8",)]
    assert found.rows("recorder_places", *PLACES) == [("logs:8", None, "not in the audit database")]


def test_where_the_two_differ_the_audit_database_is_believed_and_the_difference_is_told(site: Site) -> None:
    site.into_both(failure("mallory", 1))
    site.run("UPDATE logs SET json = replace(json, 'mallory', 'nobody'), user_id = 3 WHERE id = 8")
    found = site.answers()
    assert found.rows("failed_logins", "username", "source_ref") == [("mallory", "logs:8")]
    assert found.rows("recorder_places", *PLACES) == [
        ("logs:8", "audit/logs:8", "the two rows differ: user_id, username")
    ]


def test_a_row_that_was_moved_in_time_is_where_the_audit_database_has_it(site: Site) -> None:
    site.into_both(failure("mallory", 1))
    site.run("UPDATE logs SET dttm = :then WHERE id = 8", then=at(20).replace(tzinfo=None))
    found = site.answers()
    ((occurred,),) = found.rows("failed_logins", "occurred_at")
    assert occurred.replace(tzinfo=UTC) == at(1)
    assert found.rows("recorder_places", "finding") == [("the two rows differ: time",)]


def test_what_was_before_the_audit_database_is_not_awaited_there(site: Site) -> None:
    site.into_log(failure("mallory", -60))
    assert site.answers().rows("recorder_places", *PLACES) == []


def test_the_copy_of_an_act_that_was_declared_sensitive_is_no_second_act(site: Site) -> None:
    path = {"path": "/api/v1/dashboard/1", "url_rule": "/api/v1/dashboard/<id_or_slug>", "id_or_slug": "1"}
    site.log("DashboardRestApi.get", at(3), path, user_id=ALICE, duration_ms=20, dashboard_id=1)
    copy = Record("DashboardRestApi.get", "attempted", user_id=ALICE, username="alice", dashboard_id=1, duration_ms=20)
    site.into_audit(replace(copy, occurred_at=at(3.001)))
    found = site.answers()
    assert found.rows("dashboard_views", "source_ref") == [("logs:8",)]
    assert found.rows("recorder_places", *PLACES) == []


def test_a_sensitive_act_whose_row_was_deleted_is_told_by_its_copy(site: Site) -> None:
    copy = Record("DashboardRestApi.get", "attempted", user_id=ALICE, username="alice", dashboard_id=1, duration_ms=20)
    site.into_audit(replace(copy, occurred_at=at(3)))
    found = site.answers()
    assert found.rows("recorder_places", *PLACES) == [("audit/logs:8", None, "not in the log of Superset")]


def test_an_export_that_three_rows_tell_of_is_one_act(site: Site) -> None:
    rison = {"path": "/api/v1/dashboard/export/", "rison": [1], "url_rule": "/api/v1/dashboard/export/"}
    site.log("DashboardRestApi.export", at(4), rison, user_id=ALICE, duration_ms=30)
    export = Record("DataExported", "failed", user_id=ALICE, username="alice", target_type="dashboard", target_id=1)
    site.into_both(replace(export, occurred_at=at(4.001), duration_ms=31))
    found = site.answers()
    assert found.rows("exports", "event_outcome", "source_ref") == [("failed", "logs:8")]


def test_each_source_proves_its_own_count(site: Site) -> None:
    site.into_audit(failure("mallory", 1))
    site.into_audit(failure("trudy", 50 * 24 * 60))  # in November: counted over all time alone
    population = site.answers().population
    assert [source.alias for source in population.sources] == ["main", "audit"]
    counted = {table.name: (table.source_id, table.rows, table.counted) for table in population.tables}
    main, audit = (source.source_id for source in population.sources)
    assert counted["logs"] == (main, 7, 7)
    assert counted["audit.logs"] == (audit, 8, 8)
    assert counted["audit.logs, over all time"] == (audit, 9, 9)
    assert population.mismatches == ()


def test_without_a_second_database_nothing_is_said_of_places(site: Site) -> None:
    found = answer_at(site.metadata, site.folder)
    assert "audit_database" in found.unmet("recorder_places")
    assert found.derived("log_places", "SELECT count(*) FROM log_places") == [(0,)]
