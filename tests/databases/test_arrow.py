"""A second connection that reads Arrow gives what a cursor gives, in the same snapshot, and can do no more."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest

from auditctl.errors import SourceError
from auditctl.source import postgresql, postgresql_arrow
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Options
from auditctl.source.postgresql import PostgresqlSource
from auditctl.source.postgresql_arrow import ArrowConnection
from auditctl.source.tables import TableSpec, table_specs
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, LOGS, NOVEMBER, OpenAt, rows

PASSWORD = "CANARY-arrow"
ENDLESS = "SELECT a::bigint AS id FROM generate_series(1, 10000) AS a, generate_series(1, 1000000) AS b"


@pytest.fixture(autouse=True)
def _every_table_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_LONG", 0)


def second(source: DatabaseSource) -> ArrowConnection | None:
    """Return the second connection, which reading opens where it can."""
    assert isinstance(source, PostgresqlSource)
    assert rows(source)
    return source._second


def both(source: DatabaseSource, table: TableSpec = LOGS) -> tuple[pa.Table, pa.Table]:
    """Return the rows as they are read, and by a cursor."""
    columns, schema, window = tuple(table.columns), table.schema(), NOVEMBER if table.time else None
    read = pa.Table.from_batches(source.extract(table, columns, window), schema)
    return read, pa.Table.from_batches(DatabaseSource.extract(source, table, columns, window), schema)


def others(pg: Loaded) -> list[tuple[object, ...]]:
    """Return application and last statement of the sessions of auditctl."""
    return pg.run(
        "SELECT application_name, state, query FROM pg_stat_activity"
        f" WHERE datname = '{pg.database}' AND application_name = 'auditctl' ORDER BY backend_start"
    )


@pytest.mark.parametrize("batch", [200, 4_000_000], ids=["many batches", "one batch"])
def test_every_table_reads_as_by_a_cursor(
    postgresql: Server, databases: Databases, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(postgresql_arrow, "_BATCH", batch)
    source = open_at(databases.shared(postgresql, FIXTURE).url())
    assert second(source) is not None
    for table in table_specs().values():
        read, slow = both(source, table)
        assert read == slow, table.name


def test_values_that_are_no_values_spoil_the_same_rows(pg: Loaded, open_at: OpenAt) -> None:
    times = ["'infinity'", "'-infinity'", "'20000-01-01'", "'294276-12-31'", "'0044-03-15 BC'", "NULL"]
    kept = ["'9999-12-31 23\\:59\\:59.999999'", "'0001-01-01'", "'2026-11-24 01\\:00\\:00.5'"]
    pg.run(*(f"UPDATE logs SET dttm = {time} WHERE id = {number}" for number, time in enumerate(times + kept, start=7)))
    source = open_at(pg.url())
    columns, schema = tuple(LOGS.columns), LOGS.schema()
    read = pa.Table.from_batches(source.extract(LOGS, columns, None), schema)
    assert read == pa.Table.from_batches(DatabaseSource.extract(source, LOGS, columns, None), schema)
    assert second(source) is not None
    assert len(read) - read.column("unreadable").null_count == len(times)


@pytest.mark.parametrize(
    "kind", ["text", "varchar(9)", "char(9)", "int", "smallint", "boolean", "numeric", "json", "jsonb", "bytea", "uuid"]
)
def test_a_column_of_another_type_reads_as_by_a_cursor(pg: Loaded, open_at: OpenAt, kind: str) -> None:
    values = {"uuid": "0a0b0c0d-0000-0000-0000-00000000000a"}
    value = values.get(kind, '{"a"\\: "\\\\t"}' if kind.startswith("json") else "1")
    for column in ("has_error", "rows", "sql_text", "username"):
        pg.run(
            f"ALTER TABLE logs ADD COLUMN {column} {kind}",
            f"UPDATE logs SET {column} = CAST('{value}' AS {kind}) WHERE id < 100",
        )
    read, slow = both(open_at(pg.url()))
    assert read == slow
    assert read.column("sql_text").null_count == len([row for row in read["id"].to_pylist() if row >= 100])


def test_it_sees_the_rows_of_the_read_point_alone(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url())
    pg.run(
        "UPDATE logs SET action = 'changed'",
        "INSERT INTO logs (id, action, dttm) VALUES (9999, 'late', '2026-11-24')",
    )
    found = rows(source)
    assert second(source) is not None
    assert len(found) == source.count(LOGS, NOVEMBER).counted == 205
    assert not {"changed", "late"} & {row["action"] for row in found}


def test_it_is_guarded_as_the_first_is(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url())
    arrow = second(source)
    assert arrow is not None
    assert [(name, state) for name, state, _ in others(pg)] == [("auditctl", "idle in transaction")] * 2
    with pytest.raises(Exception, match="read-only transaction"):
        arrow._tell("UPDATE public.logs SET action = 'x'")
    source.close()
    assert others(pg) == []


@pytest.mark.parametrize("name", [*postgresql_arrow._COPIED, "default_transaction_read_only", "transaction_isolation"])
def test_each_setting_is_that_of_the_first(pg: Loaded, open_at: OpenAt, name: str) -> None:
    source = open_at(pg.url())
    arrow = second(source)
    assert isinstance(source, PostgresqlSource)
    assert arrow is not None
    question = f"SELECT current_setting('{name}')"
    assert arrow._ask(question) == tuple(source._connection.exec_driver_sql(question).one()) != ("",)


@pytest.mark.parametrize(
    ("name", "value"), [("row_security", "on"), ("search_path", "public, pg_catalog"), ("statement_timeout", "0")]
)
def test_one_that_is_less_guarded_is_not_read_from(
    pg: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    copied = ArrowConnection._ask

    def loosened(self: ArrowConnection, statement: str) -> tuple[object, ...]:
        answer = copied(self, statement)
        if statement.startswith(f"SELECT set_config('{name}'"):
            copied(self, f"SELECT set_config('{name}', '{value}', true)")
        return answer

    monkeypatch.setattr(ArrowConnection, "_ask", loosened)
    source = open_at(pg.url())
    assert second(source) is None
    assert len(others(pg)) == 1


def test_a_role_that_was_put_on_for_the_session_holds_there_too(pg: Loaded, open_at: OpenAt) -> None:
    role = pg.server.fresh_name("role")
    pg.run(f"CREATE ROLE {role}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        source = open_at(pg.url().update_query_dict({"options": f"-crole={role}"}))
        arrow = second(source)
        assert arrow is not None
        assert arrow._ask("SELECT current_user") == (role,)
        source.close()
    finally:
        pg.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.fixture
def limited(pg: Loaded) -> Iterator[str]:
    """A role that may have one connection, or may not export snapshots."""
    role = pg.server.fresh_name("role")
    pg.run(
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    )
    yield role
    pg.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize(
    "denial",
    [
        "ALTER ROLE {} CONNECTION LIMIT 1",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC",
    ],
)
def test_where_there_can_be_none_the_first_reads_all(pg: Loaded, open_at: OpenAt, limited: str, denial: str) -> None:
    pg.run(denial.format(limited))
    try:
        source = open_at(pg.url(limited, PASSWORD))
        assert second(source) is None
        read, slow = both(source)
        assert read == slow
        assert len(read) == 205
        source.close()
    finally:
        pg.run("GRANT EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() TO PUBLIC")


def test_behind_a_pooler_there_is_one_connection(pg: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> None:
    # A pooler introduces itself with a number of its own, which is no backend's.
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", property(lambda _: 1))
    source = open_at(pg.url())
    assert second(source) is None
    assert len(others(pg)) == 1


def test_a_statement_that_takes_too_long_is_said_as_such(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url(), Options())
    arrow = second(source)
    assert arrow is not None
    arrow._ask("SELECT set_config('statement_timeout', '200ms', true)")
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        list(arrow.batches(ENDLESS, LOGS, ("id",)))


def test_a_connection_that_is_lost_midway_is_said_as_such(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url())
    arrow = second(source)
    assert arrow is not None
    pg.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{pg.database}' AND application_name = 'auditctl'"
    )
    with pytest.raises(SourceError, match="connection was lost"):
        rows(source)


def test_who_stops_reading_waits_for_nothing_and_is_read_to_by_the_first(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url())
    arrow = second(source)
    assert arrow is not None
    found = arrow.batches(ENDLESS, LOGS, ("id",))
    assert next(found).num_rows > 0
    found.close()  # type: ignore[attr-defined]
    ended_by = time.monotonic() + 20  # the server hears of it by another connection
    while (busy := [1 for _, state, _ in others(pg) if state == "active"]) and time.monotonic() < ended_by:
        time.sleep(0.05)
    assert not busy
    with pytest.raises(psycopg.Error, match=r"error state|is aborted"):
        next(arrow.batches(ENDLESS, LOGS, ("id",)))
    assert len(rows(source)) == 205
    source.close()
    assert others(pg) == []
