"""Rows of servers come whole, typed, and at one read point."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from auditctl.source.interface import Window
from auditctl.source.tables import table_specs
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, LOGS, NOVEMBER, OpenAt, rows

QUERY = table_specs()["query"]


def test_it_is_known_what_is_read(loaded: Loaded, open_at: OpenAt) -> None:
    facts = open_at(loaded.url()).facts
    products = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}
    assert facts.server_version == f"{products[loaded.server.kind]} {loaded.server.version}"
    assert (facts.dialect, facts.superset_version, facts.revision) == (loaded.server.kind, "6.1.0", "4b2a8c9d3e1f")
    assert facts.clock_skew is not None
    assert abs(facts.clock_skew) < 2


def test_a_database_is_known_again_and_told_from_another(loaded: Loaded, databases: Databases, open_at: OpenAt) -> None:
    first, again = (open_at(loaded.url()).facts.source_id for _ in range(2))
    with databases.private(loaded.server, FIXTURE) as other:
        source = open_at(other.url())
        assert (first == again, first == source.facts.source_id) == (True, False)
        source.close()


def test_a_read_point_says_where_in_the_servers_own_log_it_is(loaded: Loaded, open_at: OpenAt) -> None:
    point = open_at(loaded.url()).facts.read_point
    parts = dict(part.split(":", 1) for part in point.value.split())
    known = {"postgresql": {"lsn", "system", "timeline", "snapshot"}, "mariadb": {"binlog", "server", "clock"}}
    assert parts.keys() == known[loaded.server.kind]
    assert (point.kind, point.standby, point.lag) == (loaded.server.kind, False, None)
    assert abs(point.taken_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_transaction_that_writes_to_the_log_is_seen(pg: Loaded, open_at: OpenAt) -> None:
    assert open_at(pg.url()).facts.read_point.writing_since is None
    with pg.server.connect(pg.database) as other:
        other.exec_driver_sql("BEGIN")
        other.exec_driver_sql("INSERT INTO logs (action, dttm) VALUES ('late', '2026-11-24 03:00:00')")
        (began,) = other.exec_driver_sql("SELECT now()").one()
        assert open_at(pg.url()).facts.read_point.writing_since == began


def test_rows_written_meanwhile_do_not_come_in(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    before = source.count(LOGS, NOVEMBER).counted
    loaded.run(
        "INSERT INTO logs (action, dttm) VALUES ('late', '2026-11-24 03:00:00')", "DELETE FROM logs WHERE id = 7"
    )
    assert [row["id"] for row in rows(source) if row["id"] == 7 or row["action"] == "late"] == [7]
    assert source.count(LOGS, NOVEMBER).counted == len(rows(source)) == before
    assert "late" in {row["action"] for row in rows(open_at(loaded.url()))}


def test_a_window_holds_its_first_instant_and_not_its_last(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run(
        "DELETE FROM logs",
        "INSERT INTO logs (id, action, dttm) VALUES (1, 'x', '2026-10-31 23:59:59'), (2, 'x', '2026-11-01 00:00:00'),"
        " (3, 'x', '2026-11-30 23:59:59'), (4, 'x', '2026-12-01 00:00:00')",
    )
    assert [row["id"] for row in rows(open_at(loaded.url()))] == [2, 3]


def test_statements_are_bracketed_by_milliseconds(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run("UPDATE query SET start_time = 1793491200000 WHERE id = 1")  # 2026-11-01 00:00 UTC
    source = open_at(loaded.url())
    october = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    assert [row["id"] for row in rows(source, october, QUERY)] == []
    (first, *_) = rows(source, NOVEMBER, QUERY)
    assert (first["id"], first["start_time"]) == (1, datetime(2026, 11, 1))  # noqa: DTZ001 - relations are naive
    span = source.span(QUERY)
    assert span is not None
    assert (span.rows, span.first_at) == (8, datetime(2026, 11, 1, tzinfo=UTC))


def test_rows_are_counted_by_the_month_of_their_time_in_utc(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run(
        "DELETE FROM logs",
        "INSERT INTO logs (id, action, dttm) VALUES (1, 'x', '2026-10-31 23:59:59'), (2, 'x', '2026-11-01 00:00:00'),"
        " (3, 'x', '2026-11-30 23:59:59'), (4, 'x', NULL)",
        "UPDATE query SET start_time = 1793491199000 WHERE id = 1",  # 2026-10-31 23:59:59 UTC
        "UPDATE query SET start_time = 1793491200000 WHERE id > 1",
        "UPDATE query SET start_time = NULL WHERE id = 2",
    )
    source = open_at(loaded.url())
    logs, statements = source.span(LOGS), source.span(QUERY)
    assert logs is not None
    assert statements is not None
    assert (logs.rows, [(month.first_at.month, month.rows) for month in logs.months]) == (4, [(10, 1), (11, 2)])
    assert (statements.rows, [(month.first_at.month, month.rows) for month in statements.months]) == (
        8,
        [(10, 1), (11, 6)],
    )


def test_a_row_without_a_time_is_counted_and_never_dropped(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run("UPDATE logs SET dttm = NULL WHERE id = 7", "UPDATE query SET start_time = NULL WHERE id = 2")
    source = open_at(loaded.url())
    assert {row["id"]: row["unreadable"] for row in rows(source) if row["unreadable"]} == {7: "dttm: no time"}
    assert {row["id"]: row["unreadable"] for row in rows(source, NOVEMBER, QUERY) if row["unreadable"]} == {
        2: "start_time: no time"
    }
    assert source.count(LOGS, NOVEMBER).counted == len(rows(source))


@pytest.mark.parametrize("time", ["infinity", "-infinity", "20000-01-01 00:00:00"])
def test_a_time_that_no_calendar_has_is_a_bad_value_of_its_row_alone(pg: Loaded, open_at: OpenAt, time: str) -> None:
    pg.run(f"UPDATE logs SET dttm = '{time.replace(':', chr(92) + ':')}' WHERE id = 7")
    bad = {row["id"]: row["unreadable"] for row in rows(open_at(pg.url()), None) if row["unreadable"]}
    assert bad == {7: "dttm: not a date and time"}


def test_an_infinite_time_is_not_dropped_from_a_window(pg: Loaded, open_at: OpenAt) -> None:
    pg.run("UPDATE logs SET dttm = 'infinity' WHERE id = 7", "UPDATE query SET start_time = 'NaN' WHERE id = 2")
    source = open_at(pg.url())
    assert 7 in [row["id"] for row in rows(source)]
    assert 2 in [row["id"] for row in rows(source, NOVEMBER, QUERY)]
    assert source.count(LOGS, NOVEMBER).counted == len(rows(source))
    summary = source.log_summary(NOVEMBER).rows.to_pylist()
    assert sum(row["rows"] for row in summary if row["utc_day"] is None) == 1


def test_a_zero_date_is_not_dropped_from_a_window(maria: Loaded, open_at: OpenAt) -> None:
    maria.run("SET sql_mode = ''", "UPDATE logs SET dttm = 0 WHERE id = 7")
    with maria.server.connect(maria.database) as connection:
        connection.exec_driver_sql("SET sql_mode = ''")
        connection.exec_driver_sql("UPDATE logs SET dttm = '0000-00-00 00:00:00' WHERE id = 7")
        connection.exec_driver_sql("UPDATE logs SET dttm = '2026-00-10 00:00:00' WHERE id = 8")
    source = open_at(maria.url())
    assert {row["id"]: row["unreadable"] for row in rows(source) if row["unreadable"]} == {
        7: "dttm: not a date and time",
        8: "dttm: not a date and time",
    }
    assert source.count(LOGS, NOVEMBER).counted == len(rows(source))
    span = source.span(LOGS)
    assert span is not None
    assert span.first_at == datetime(2026, 11, 24, 1, 52, 9, tzinfo=UTC)


def test_actions_that_differ_in_case_or_in_a_space_are_not_one(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run(
        "DELETE FROM logs",
        "INSERT INTO logs (id, action, dttm) VALUES (1, 'log', '2026-11-01'), (2, 'LOG', '2026-11-01'),"
        " (3, 'log ', '2026-11-01')",
    )
    summary = open_at(loaded.url()).log_summary(NOVEMBER).rows.to_pylist()
    assert {row["action"]: row["rows"] for row in summary} == {"log": 1, "LOG": 1, "log ": 1}


def test_text_keeps_every_character(loaded: Loaded, open_at: OpenAt) -> None:
    text = "Zoë 管理者 \N{GRINNING FACE} \x1b[31m % \\ ' \""
    with loaded.server.connect(loaded.database) as connection:
        marker = "%s"
        connection.exec_driver_sql(f"UPDATE logs SET referrer = {marker} WHERE id = 7", (text,))
    assert [row["referrer"] for row in rows(open_at(loaded.url())) if row["id"] == 7] == [text]


def test_a_time_of_the_server_zone_does_not_move_anything(loaded: Loaded, open_at: OpenAt) -> None:
    zone = {
        "postgresql": f"ALTER DATABASE {loaded.database} SET timezone = 'America/New_York'",
        "mariadb": "SELECT 1",  # its sessions begin in the server's zone, which the test server sets
    }
    loaded.run(zone[loaded.server.kind])
    source = open_at(loaded.url())
    assert min(row["dttm"] for row in rows(source)).replace(microsecond=0) == datetime(2026, 11, 24, 1, 52, 9)  # noqa: DTZ001
    assert abs(source.facts.read_point.taken_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_statements_shown_to_an_auditor_run_as_they_are(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    expected = {"logs": (205, 1, 206), "query": (8, 1, 8), "ab_user": (6, 1, 6)}
    for name, numbers in expected.items():
        table = table_specs()[name]
        issued, sql = source.count(table, NOVEMBER), source.extraction(table, tuple(table.columns), NOVEMBER)
        assert (issued.counted, issued.lowest, issued.highest) == numbers
        with loaded.server.connect(loaded.database) as connection:
            assert tuple(connection.exec_driver_sql(issued.counting_sql).one()) == numbers
            assert len(connection.exec_driver_sql(sql).fetchall()) == issued.counted


def test_every_table_is_counted_with_the_bounds_of_what_was_extracted(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    for spec in table_specs().values():
        issued = source.count(spec, NOVEMBER if spec.time else None)
        keys = [row[spec.key] for row in rows(source, NOVEMBER, spec)] if spec.key and issued.lowest is not None else []
        assert (issued.lowest, issued.highest) == (min(keys, default=None), max(keys, default=None)), spec.name


def test_one_row_is_found_by_its_key(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    found = source.fetch(LOGS, 138)
    assert found is not None
    assert found["action"].to_pylist() == ["ChartRestApi.delete"]
    assert source.fetch(LOGS, 999_999) is None


def test_the_tables_are_found_in_whatever_schema_they_are(pg: Loaded, open_at: OpenAt) -> None:
    pg.run("ALTER SCHEMA public RENAME TO superset", "CREATE SCHEMA public")
    source = open_at(pg.url())
    assert len(rows(source)) == source.count(LOGS, NOVEMBER).counted > 200
    assert "FROM superset.logs" in source.count(LOGS, None).counting_sql


def test_nobody_can_put_a_function_of_theirs_under_a_name_that_is_used(pg: Loaded, open_at: OpenAt) -> None:
    before = len(rows(open_at(pg.url())))
    pg.run(
        "CREATE FUNCTION public.isfinite(timestamp) RETURNS bool LANGUAGE sql AS 'SELECT false'",
        "CREATE FUNCTION public.never(timestamp, timestamp) RETURNS bool LANGUAGE sql AS 'SELECT false'",
        "CREATE OPERATOR public.>= (FUNCTION = public.never, LEFTARG = timestamp, RIGHTARG = timestamp)",
        f"ALTER DATABASE {pg.database} SET search_path = public, pg_catalog",
    )
    assert len(rows(open_at(pg.url()))) == before


def test_text_in_a_database_without_an_encoding_spoils_its_row_alone(
    postgresql: Server, open_at: OpenAt, tmp_path: Path
) -> None:
    name = postgresql.fresh_name()
    postgresql.run(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
    try:
        at = postgresql.url(name)
        with psycopg.connect(host=at.host, port=at.port, user=at.username, password=at.password, dbname=name) as admin:
            admin.execute("CREATE TABLE logs (id int PRIMARY KEY, action varchar(512), user_id int, dttm timestamp)")
            admin.execute(r"INSERT INTO logs VALUES (1, 'ok', 1, '2026-11-01'), (2, E'caf\xe9', 1, '2026-11-01')")
        admin.close()
        source = open_at(postgresql.url(name))
        found = [(row["id"], row["action"], row["unreadable"]) for row in rows(source)]
        assert found == [(1, "ok", None), (2, "caf\\xe9", "action: not valid UTF-8")]
        source.close()
    finally:
        postgresql.drop_database(name)


def test_what_superset_keeps_as_an_enumeration_of_the_server_is_text(pg: Loaded, open_at: OpenAt) -> None:
    pg.run(
        "CREATE TYPE objecttype AS ENUM ('query', 'chart', 'dashboard', 'dataset')",
        "ALTER TABLE tagged_object ALTER object_type TYPE objecttype USING object_type::objecttype",
    )
    spec = table_specs()["tagged_object"]
    batches = open_at(pg.url()).extract(spec, tuple(spec.columns), None)
    kinds = {kind for batch in batches for kind in batch.column("object_type").to_pylist()}
    assert kinds == {"query", "chart", "dashboard", "dataset"}
