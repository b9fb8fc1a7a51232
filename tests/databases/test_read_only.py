"""A source can only read, whoever reads: the server itself refuses everything else in its transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, OpenAt

# Each as the administrator, who may do anything; in the transaction of a source it is refused.
POSTGRESQL = [
    "DELETE FROM public.logs",
    "WITH gone AS (DELETE FROM public.logs RETURNING id) SELECT count(*) FROM gone",
    "TRUNCATE public.logs",
    "CREATE TABLE public.x (id int)",
    "CREATE TEMP TABLE x (id int)",
    "SELECT 1 AS x INTO public.y",
    "SELECT id FROM public.logs FOR UPDATE",
    "SELECT nextval('public.logs_id_seq')",
    "GRANT ALL ON public.logs TO PUBLIC",
    "SET TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "VACUUM public.logs",
]
MARIADB = [
    "DELETE FROM logs",
    "TRUNCATE logs",
    "CREATE TABLE x (id int)",
    "DROP TABLE logs",
    "GRANT ALL ON *.* TO root@localhost",
    "SELECT id FROM logs FOR UPDATE",
    "LOCK TABLES logs WRITE",
    "SET TRANSACTION READ WRITE",
]

REFUSAL = "(?i)read-only transaction|READ ONLY transaction|read-write mode|transaction block|characteristics can't be"


@pytest.mark.parametrize("statement", POSTGRESQL)
def test_postgresql_refuses_what_is_not_reading(
    postgresql: Server, databases: Databases, open_at: OpenAt, statement: str
) -> None:
    source = open_at(databases.shared(postgresql, FIXTURE).url())
    with pytest.raises(DBAPIError, match=REFUSAL):
        source._connection.exec_driver_sql(statement)


@pytest.mark.parametrize("statement", MARIADB)
def test_mariadb_refuses_what_is_not_reading(
    mariadb: Server, databases: Databases, open_at: OpenAt, statement: str
) -> None:
    source = open_at(databases.shared(mariadb, FIXTURE).url())
    with pytest.raises(DBAPIError, match=REFUSAL):
        source._connection.exec_driver_sql(statement)


def test_a_driver_takes_one_statement_at_a_time(loaded: Loaded, open_at: OpenAt) -> None:
    before = loaded.run("SELECT count(*) FROM logs")
    source = open_at(loaded.url())
    with pytest.raises(DBAPIError):
        # With a parameter, as all statements of a source that carry values have one.
        source._connection.execute(text("SELECT :x; COMMIT; DELETE FROM logs"), {"x": 1})
    assert loaded.run("SELECT count(*) FROM logs") == before


def test_a_session_has_its_limits_and_the_zone_utc(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    expected: dict[str, dict[str, object]] = {
        "postgresql": {
            "transaction_isolation": "repeatable read",
            "transaction_read_only": "on",
            "statement_timeout": "10min",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "15min",
            "TimeZone": "UTC",
            "row_security": "off",
            "search_path": "pg_catalog, pg_temp",
            "default_transaction_read_only": "on",
            "application_name": "auditctl",
        },
        "mariadb": {
            "@@tx_isolation": "REPEATABLE-READ",
            "@@tx_read_only": 1,
            "@@max_statement_time": 600,
            "@@lock_wait_timeout": 5,
            "@@innodb_lock_wait_timeout": 5,
            "@@wait_timeout": 900,
            "@@time_zone": "+00:00",
            "@@character_set_client": "utf8mb4",
        },
    }
    names = expected[loaded.server.kind]
    shown = "current_setting('{}')" if loaded.server.kind == "postgresql" else "{}"
    sql = "SELECT " + ", ".join(shown.format(name) for name in names)
    values = tuple(source._connection.exec_driver_sql(sql).one())
    assert dict(zip(names, values, strict=True)) == names


def test_nothing_of_a_session_is_left_for_the_next_client_of_a_pooler(
    postgresql: Server, databases: Databases, open_at: OpenAt
) -> None:
    source = open_at(databases.shared(postgresql, FIXTURE).url())
    connection = source._connection
    connection.rollback()
    names = ("statement_timeout", "lock_timeout", "row_security", "search_path")
    values = connection.exec_driver_sql("SELECT " + ", ".join(f"current_setting('{name}')" for name in names)).one()
    assert tuple(values) == ("0", "0", "on", '"$user", public')
