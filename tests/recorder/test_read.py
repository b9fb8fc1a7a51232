"""auditctl reads what the recorder wrote into its own database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from superset_audit_recorder.heartbeat import heartbeat
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks.database import DatabaseSink

from tests.extended.made import Answers, answer_at

from .stores import Store, file_store, server_store
from .test_database import FAILED, REFUSED, STATEMENT, uri

KINDS = ["sign_in", "sign_in_failure", "user", "refusal"]


def at(minute: int) -> datetime:
    return datetime(2026, 9, 30, 9, tzinfo=UTC) + timedelta(minutes=minute)


def act(action: str, minute: int, **fields: Any) -> Record:
    return Record(action, "succeeded", occurred_at=at(minute), user_id=1, username="alice", **fields)


DAY = [
    *[replace(heartbeat(KINDS, "w", "running", {}), occurred_at=at(minute)) for minute in range(0, 35, 5)],
    replace(FAILED, occurred_at=at(1)),
    act("UserLoggedIn", 2, source_ip="10.0.0.1"),
    replace(STATEMENT, occurred_at=at(3), sql_text="SELECT name FROM patients"),
    replace(REFUSED, occurred_at=at(4)),
    act(
        "UserUpdated",
        5,
        **{"target_type": "account", "target_id": 7, "target_name": "bob"},
        changes={"roles": {"before": ["Gamma"], "after": ["Admin", "Gamma"]}},
    ),
    act("DataExported", 6, target_type="dashboard", target_id=5, export_format="csv", rows=17),
]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Answers]:
    if request.param == "sqlite":
        yield filled(file_store(tmp_path / "audit.db"), tmp_path)
        return
    with server_store(request.getfixturevalue(request.param)) as store:
        yield filled(store, tmp_path)


def filled(store: Store, folder: Path) -> Answers:
    """Deliver the day, and its last four records again, as after a lost answer."""
    DatabaseSink(uri(store.writer)).deliver(DAY)
    DatabaseSink(uri(store.writer)).deliver(DAY[-4:])
    return answer_at(store.reader, folder)


def test_each_event_counts_once_with_its_outcome(told: Answers) -> None:
    assert told.rows("failed_logins", "username", "event_outcome", "source_ip", "reported_by") == [
        ("mallory", "failed", "203.0.113.7", "recorder")
    ]
    assert told.rows("sign_ins", "username", "event_outcome") == [("mallory", "failed"), ("alice", "succeeded")]
    assert told.rows("access_changes", "username", "object_type", "object_name", "event_outcome") == [
        ("alice", "account", "bob", "succeeded")
    ]
    assert told.rows("exports", "username", "object_type", "object_id", "event_outcome") == [
        ("alice", "dashboard", "5", "succeeded")
    ]
    assert told.rows("statements_by_database", "username", database="clinical") == [("alice",)]
    assert told.derived("events", "SELECT username, object_id FROM events WHERE kind = 'refusal'") == [("bob", "5")]
    assert told.population.unmapped == {}


def test_rows_that_came_again_are_said_and_none_is_left_uncounted(told: Answers) -> None:
    said = (
        "Rows of the log that were read and that the recorder delivered again, with the event_id of an earlier one: 4."
        " Each event counts once."
    )
    assert said in told.population.notes
    assert told.population.mismatches == ()
    assert [table.rows for table in told.population.tables if table.name == "logs"] == [len(DAY) + 4]


def test_what_changed_is_told_before_and_after(told: Answers) -> None:
    ((changes,),) = told.derived("log_rows", "SELECT changes FROM log_rows WHERE action = 'UserUpdated'")
    assert changes == '{"roles":{"after":["Admin","Gamma"],"before":["Gamma"]}}'


def test_sign_ins_are_held_where_heartbeats_say_so(told: Answers) -> None:
    (held,) = told.capability("sign_in_failures").held
    assert (held.by, held.since) == ("recorder", at(0))
