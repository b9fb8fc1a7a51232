"""The audit database on real servers: what is stored, and what nobody may do to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from superset_audit_recorder.chain import GENESIS, hash_row
from superset_audit_recorder.ddl import Month, partitions
from superset_audit_recorder.pipeline import Pipeline
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError
from superset_audit_recorder.sinks.database import DatabaseSink

from tests.servers.server import Server

from .stores import Store, server_store

NOON = datetime(2026, 9, 30, 12, 0, 0, 123456, tzinfo=UTC)
FAILED = Record(
    action="UserLoginFailed",
    event_outcome="failed",
    reason="bad_password",
    occurred_at=NOON,
    username="mallory",
    source_ip="203.0.113.7",
    user_agent="curl/8 \N{SNOWMAN} \N{PILE OF POO}",
    request_id="r1",
)
STATEMENT = Record(
    action="StatementExecuted",
    event_outcome="succeeded",
    occurred_at=NOON,
    user_id=1,
    username="alice",
    database_id=2,
    database_name="clinical",
    schema="main",
    sql_text="SELECT 'a\0b' FROM patients\n",
    rows=42,
    duration_ms=120,
)
REFUSED = Record(
    action="AccessRefused",
    event_outcome="refused",
    reason="not_owner",
    occurred_at=NOON,
    user_id=2,
    username="bob",
    target_type="dashboard",
    target_id=5,
    target_name="x" * 600,
    dashboard_id=5,
    duration_ms=7,
)


@pytest.fixture
def server_made(server: Server) -> Iterator[Store]:
    with server_store(server) as made:
        yield made


def uri(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def chain_of(store: Store) -> list[tuple[Any, ...]]:
    return [(row["seq"], row["prev_hash"], row["row_hash"]) for row in store.rows()]


def as_hashed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as the recorder hashed it: some databases have no booleans, or no times."""
    times = {name: row[name] for name in ("timestamp", "dttm")}
    moments = {name: datetime.fromisoformat(time) if isinstance(time, str) else time for name, time in times.items()}
    flag = None if row["has_error"] is None else bool(row["has_error"])
    return {**row, **moments, "has_error": flag}


def test_what_no_column_holds_is_left_out_and_holds_nothing_up(store: Store) -> None:
    # A client chooses what it sends: what the database refused for ever would keep all that follows from coming.
    odd: Any = {"schema": {"a": 1}, "dashboard_id": 10**30, "slice_id": "x", "target_id": 10**30, "username": ["a"]}
    DatabaseSink(uri(store.writer)).deliver([replace(STATEMENT, **odd), FAILED])
    first, second = store.rows()
    kept = [first[name] for name in ("schema", "dashboard_id", "slice_id", "object_id", "username")]
    assert kept == ["{'a': 1}", None, None, str(10**30), "['a']"]
    assert second["attempted_username"] == "mallory"


def test_every_column_comes_back_as_it_was_hashed(store: Store) -> None:
    DatabaseSink(uri(store.writer)).deliver([FAILED, STATEMENT, REFUSED])
    rows = store.rows()
    assert [row["row_hash"] for row in rows] == [hash_row(as_hashed(row)) for row in rows]
    assert [(row["seq"], row["prev_hash"]) for row in rows] == [
        *[(1, GENESIS), (2, rows[0]["row_hash"]), (3, rows[1]["row_hash"])]
    ]
    sign_in, statement, refusal = rows
    assert (sign_in["action"], sign_in["username"], sign_in["attempted_username"]) == (
        *("UserLoginFailed", None, "mallory"),
    )
    assert (sign_in["error_text"], sign_in["event_outcome"]) == ("bad_password", "failed")
    assert sign_in["user_agent"] == FAILED.user_agent
    assert (statement["action"], statement["username"], statement["json"]) == ("execute_sql", "alice", None)
    assert statement["sql_text"] == "SELECT 'a\ufffdb' FROM patients\n"
    assert (statement["rows"], statement["execution_time_ms"], statement["request_duration"]) == (42, 120, None)
    assert (refusal["object_type"], refusal["object_id"], refusal["dashboard_id"]) == ("dashboard", "5", 5)
    assert refusal["object_name"] == "x" * 511 + "…"
    assert [as_hashed(row)["dttm"] for row in rows] == [NOON.replace(tzinfo=None)] * 3


def test_the_chain_goes_on_over_batches_and_each_writer_has_its_own(store: Store) -> None:
    sink, other = DatabaseSink(uri(store.writer)), DatabaseSink(uri(store.writer))
    sink.deliver([FAILED])
    other.deliver([FAILED])
    sink.deliver([STATEMENT, REFUSED])
    rows = store.rows()
    assert [row["seq"] for row in rows] == [1, 1, 2, 3]
    assert rows[2]["prev_hash"] == rows[0]["row_hash"]
    assert rows[0]["writer_id"] != rows[1]["writer_id"]


def test_a_batch_whose_answer_got_lost_is_stored_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = DatabaseSink(uri(store.writer))
    sink.deliver([FAILED])
    insert = sink._insert

    def insert_and_fail(rows: Any) -> None:
        insert(rows)
        raise ConnectionError("no answer")

    monkeypatch.setattr(sink, "_insert", insert_and_fail)
    with pytest.raises(ConnectionError):
        sink.deliver([STATEMENT])
    monkeypatch.undo()
    sink.deliver([STATEMENT, REFUSED])
    sink.deliver([FAILED])
    assert [row["event_id"] for row in store.rows()] == [
        *[FAILED.event_id, STATEMENT.event_id, REFUSED.event_id, FAILED.event_id]
    ]
    assert [seq for seq, _, _ in chain_of(store)] == [1, 2, 3, 4]
    assert [before for _, before, _ in chain_of(store)][1:] == [own for _, _, own in chain_of(store)][:-1]


def test_a_record_with_a_number_that_no_column_holds_is_kept_without_it(store: Store, tmp_path: Path) -> None:
    pipeline = Pipeline([DatabaseSink(uri(store.writer))], tmp_path / "spool", retry=(0.05, 0.1))
    for record in (STATEMENT, replace(REFUSED, dashboard_id=10**30), FAILED):
        pipeline.enqueue(record)
    assert pipeline.flush(20)
    pipeline.close()
    kept = [(row["action"], row["dashboard_id"]) for row in store.rows()]
    assert kept == [("execute_sql", None), ("AccessRefused", None), ("UserLoginFailed", None)]
    assert not (tmp_path / "spool" / "refused-by-database.jsonl").exists()


def test_a_database_that_is_away_refuses_nothing(tmp_path: Path) -> None:
    with pytest.raises(DBAPIError) as caught:
        DatabaseSink("postgresql+psycopg://writer:s3cret@127.0.0.1:9/audit").deliver([FAILED])
    assert not isinstance(caught.value, RecordRefusedError)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id FROM logs",
        "UPDATE logs SET username = 'x'",
        "DELETE FROM logs",
        "TRUNCATE TABLE logs",
        "DROP TABLE logs",
    ],
)
def test_the_writer_may_only_insert(server_made: Store, statement: str) -> None:
    DatabaseSink(uri(server_made.writer)).deliver([FAILED])
    with pytest.raises(DBAPIError, match=r"denied|must be owner"):
        server_made.run(statement, server_made.writer)
    assert len(server_made.rows()) == 1


@pytest.mark.parametrize("statement", ["UPDATE logs SET username = 'x'", "DELETE FROM logs", "TRUNCATE TABLE logs"])
def test_the_reader_may_only_read(server_made: Store, statement: str) -> None:
    with pytest.raises(DBAPIError, match="denied"):
        server_made.run(statement, server_made.reader)
    with pytest.raises(DBAPIError, match="denied"):
        DatabaseSink(uri(server_made.reader)).deliver([FAILED])


@pytest.mark.parametrize("statement", ["UPDATE logs SET username = 'x'", "DELETE FROM logs"])
def test_even_the_owner_is_refused(store: Store, statement: str) -> None:
    DatabaseSink(uri(store.writer)).deliver([FAILED])
    with pytest.raises(DBAPIError, match="rows of the audit log are neither changed nor removed"):
        store.run(statement)
    assert len(store.rows()) == 1


@pytest.mark.parametrize("table", ["logs", "logs_2026_09"])
def test_on_postgresql_the_owner_may_not_truncate_either(postgresql: Server, table: str) -> None:
    with server_store(postgresql) as store:
        DatabaseSink(uri(store.writer)).deliver([FAILED])
        for statement in (f"TRUNCATE {table}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="neither changed nor removed"):
                store.run(statement)
        assert len(store.rows()) == 1


def test_a_row_lies_in_the_partition_of_its_month_and_waits_where_there_is_none(
    postgresql: Server, tmp_path: Path
) -> None:
    with server_store(postgresql) as store:
        pipeline = Pipeline([DatabaseSink(uri(store.writer))], tmp_path / "spool", retry=(0.05, 0.1))
        pipeline.enqueue(FAILED)
        pipeline.enqueue(replace(STATEMENT, occurred_at=datetime(2026, 10, 1, tzinfo=UTC)))
        assert pipeline.flush(20)
        assert store.run("SELECT tableoid::regclass::text FROM logs ORDER BY id") == [
            *[("logs_2026_09",), ("logs_2026_10",)]
        ]
        pipeline.enqueue(replace(REFUSED, occurred_at=datetime(2027, 1, 1, tzinfo=UTC)))
        assert not pipeline.flush(0.5)
        for statement in partitions([Month(2027, 1)]):
            store.run(statement)
        assert pipeline.flush(20)
        pipeline.close()
        assert len(store.rows()) == 3
