"""A log with further columns beside Superset's own tables: its own rows keep their meaning."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.period import Period
from auditctl.settings import Settings, Source
from tests.databases.opened import FIXTURE
from tests.redaction import marker

from .made import GUIDE, Answers, add, answer_at

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOVEMBER = Period("2026-11", datetime(2026, 11, 1, tzinfo=UTC), NOON, "UTC")
ADDED = ("username", "sql_text", "has_error", "error_text", "database_name", "database_id", "rows")
LOGIN = {"action": "login", "username": "alice", "user_id": 2, "has_error": 1, "dttm": "2026-11-24 02:10:00"}
SQL = {
    **{"action": "execute_sql", "username": "bob", "user_id": 3, "has_error": 1, "database_id": 1},
    **{"database_name": "production", "sql_text": "SELECT 1 FROM nowhere", "dttm": "2026-11-24 02:11:00"},
}


def beside(folder: Path, *statements: str, rows: tuple[dict[str, object], ...] = ()) -> Answers:
    """Return what is answered on the fixture with the columns of a custom logger, and these rows of it."""
    path = folder / "beside.db"
    shutil.copyfile(FIXTURE, path)
    with closing(sqlite3.connect(path)) as connection:
        for name in ADDED:
            default = " DEFAULT 0" if name == "has_error" else ""
            connection.execute(f'ALTER TABLE logs ADD COLUMN "{name}" {GUIDE[name]}{default}')
        for statement in statements:
            connection.execute(statement)
        add(connection, rows)
        connection.commit()
    return ask(path, folder)


def ask(path: Path, folder: Path) -> Answers:
    url = URL.create("sqlite", database=str(path))
    return answer_at(url, folder, NOVEMBER, Settings(source=Source(server_zone="UTC")), now=NOON)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return beside(tmp_path_factory.mktemp("both"), rows=(LOGIN, SQL))


def test_supersets_own_rows_mean_what_they_meant_whatever_a_new_column_has_by_default(tmp_path: Path) -> None:
    wide = beside(tmp_path)
    assert [source.profile for source in wide.population.sources] == ["extended"]
    assert wide.every(database="production") == ask(FIXTURE, tmp_path).every(database="production")


def test_what_a_custom_logger_adds_is_found_beside_them(both: Answers, tmp_path: Path) -> None:
    assert both.rows("failed_logins", "username", "reported_by", "source_ref") == [("alice", "custom", "logs:207")]
    assert both.since("sign_in_failures") == "11-24 02:10"
    assert len(both.rows("dashboard_views", "source_ref")) == len(
        ask(FIXTURE, tmp_path).rows("dashboard_views", "source_ref")
    )


def test_no_statement_is_told_twice_where_the_table_query_has_rows(both: Answers) -> None:
    refs = [ref for (ref,) in both.rows("sql_statements", "source_ref")]
    assert (len(refs), {ref.partition(":")[0] for ref in refs}) == (8, {"query"})
    notes = both.population.sources[0].notes
    assert "SQL statements are read from the table query, which has rows; those of the log are acts." in notes


def test_an_execute_sql_with_text_is_an_act_and_one_with_a_payload_stays_a_timing_row(
    both: Answers, tmp_path: Path
) -> None:
    (act,) = both.derived(
        "events", "SELECT username, kind, event_outcome, reported_by FROM events WHERE source_ref = 'logs:208'"
    )
    assert act == ("bob", "statement", "failed", "custom")
    # Timing rows that no request closed are told as what they show; none of Superset's is called a custom logger's.
    assert both.derived(
        "events", "SELECT DISTINCT kind FROM events WHERE action = 'execute_sql' AND reported_by = 'server'"
    ) == (ask(FIXTURE, tmp_path).derived("events", "SELECT DISTINCT kind FROM events WHERE action = 'execute_sql'"))


def test_statements_are_read_from_the_log_where_the_table_query_is_empty(tmp_path: Path) -> None:
    wide = beside(tmp_path, "DELETE FROM query", rows=(SQL,))
    assert wide.rows("sql_statements", "username", "sql_text", "source_ref") == [
        ("bob", f"SELECT {marker('number', '1')} FROM nowhere", "logs:207")
    ]


def test_dashboards_marked_sensitive_are_a_declared_scope(tmp_path: Path) -> None:
    view = {"action": "view_dashboard", "username": "alice", "user_id": 2, "dashboard_id": 1, "has_error": 0}
    wide = beside(
        tmp_path,
        "ALTER TABLE dashboards ADD COLUMN is_sensitive BOOLEAN",
        "UPDATE dashboards SET is_sensitive = id = 1",
        "DELETE FROM logs",
        rows=({**view, "dttm": "2026-11-24 02:12:00"}, {**view, "dashboard_id": 2, "dttm": "2026-11-24 02:13:00"}),
    )
    assert wide.rows("sensitive_dashboard_views", "username", "object_id", "views") == [("alice", "1", 1)]
    assert wide.since("scope_sensitive") is not None
    with closing(sqlite3.connect(FIXTURE)) as connection:
        ((title,),) = connection.execute("SELECT dashboard_title FROM dashboards WHERE id = 1").fetchall()
    assert wide.rows("sensitive_dashboard_views", "object_name") == [(title,)]


def test_a_log_without_the_payload_and_duration_of_superset_is_read_all_the_same(tmp_path: Path) -> None:
    drop = ("ALTER TABLE logs DROP COLUMN json", "ALTER TABLE logs DROP COLUMN duration_ms", "DELETE FROM logs")
    wide = beside(tmp_path, *drop, rows=(LOGIN,))
    # The accounts of the database are known as always: id 2 is alice.
    assert wide.rows("failed_logins", "username", "flag_reason") == [("alice", None)]
    assert wide.since("accounts_now") is not None
