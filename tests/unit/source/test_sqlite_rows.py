"""What of a SQLite source is read: every row of the window, typed, or counted with what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditctl.source.interface import MonthRows, Span
from auditctl.source.tables import table_specs

from .made import LOGS, NOVEMBER, Open, ids, rows, run


def test_a_window_holds_its_first_instant_and_not_its_last(opened: Open, database: Path) -> None:
    source = opened(database)
    assert ids(source) == [2, 3]
    assert ids(source, None) == [1, 2, 3, 4]


def test_whole_seconds_are_compared_like_fractions(opened: Open, database: Path) -> None:
    run(database, "UPDATE logs SET dttm = substr(dttm, 1, 19)")
    assert ids(opened(database)) == [2, 3]


@pytest.mark.parametrize(
    ("dttm", "reason"),
    [
        (None, "dttm: no time"),
        ("", "dttm: not a date and time"),
        ("yesterday", "dttm: not a date and time"),
        ("2026-11-31 00:00:00", "dttm: not a date and time"),
        (1795485377, "dttm: not a date and time"),
        (b"2026-11-15 00:00:00", "dttm: not a date and time"),
    ],
)
def test_a_row_whose_time_cannot_be_read_is_counted_and_never_dropped(
    opened: Open, database: Path, dttm: object, reason: str
) -> None:
    run(database, "INSERT INTO logs (id, action, dttm) VALUES (9, 'x', ?)", parameters=(dttm,))
    source = opened(database)
    assert [row["unreadable"] for row in rows(source)] == [None, None, reason]
    assert source.count(LOGS, NOVEMBER).counted == 3
    assert source.log_summary(NOVEMBER).whole.counted == 5


def test_a_time_with_a_t_is_read_and_never_dropped(opened: Open, database: Path) -> None:
    run(database, "INSERT INTO logs (id, action, dttm) VALUES (9, 'x', '2026-11-15T08:00:00')")
    source = opened(database)
    (row,) = [row for row in rows(source) if row["id"] == 9]
    assert (row["dttm"], row["unreadable"]) == (datetime.fromisoformat("2026-11-15T08:00:00"), None)
    assert source.count(LOGS, NOVEMBER).counted == 3


@pytest.mark.parametrize(
    ("column", "stored", "value", "reason"),
    [
        ("json", "x'7b7d'", "{}", "json: bytes where text should be"),
        ("json", "CAST(x'636166e9' AS TEXT)", "caf\\xe9", "json: not valid UTF-8"),
        ("action", "CAST(x'ff' AS TEXT)", "\\xff", "action: not valid UTF-8"),
        ("user_id", "99999999999999999999", None, "user_id: a number beyond 64 bits"),
        ("user_id", "1.5", None, "user_id: not a whole number"),
        ("dashboard_id", "'two'", None, "dashboard_id: not a whole number"),
    ],
)
def test_a_cell_that_cannot_be_read_is_counted_and_its_row_kept(
    opened: Open, database: Path, column: str, stored: str, value: object, reason: str
) -> None:
    run(database, f"UPDATE logs SET {column} = {stored} WHERE id = 3")
    source = opened(database)
    good, bad = rows(source)
    assert (good["unreadable"], bad["unreadable"], bad[column]) == (None, reason, value)
    assert source.log_summary(NOVEMBER).whole.counted == 4


def test_the_summary_counts_a_day_that_is_none_under_no_day(opened: Open, database: Path) -> None:
    run(database, "UPDATE logs SET dttm = '2026-13-45 00:00:00' WHERE id = 4")
    summary = opened(database).log_summary(NOVEMBER).rows.to_pylist()
    assert [(row["utc_day"], row["rows"]) for row in summary if row["utc_day"] is None] == [(None, 1)]
    assert sum(row["rows"] for row in summary) == 4


def test_statements_are_bracketed_by_milliseconds(opened: Open, database: Path) -> None:
    # 2026-11-01 is 1793491200 seconds after 1970, 2026-12-01 is 1796083200.
    run(
        database,
        "INSERT INTO query (id, start_time) VALUES (1, 1793491199999.999), (2, 1793491200000), (3, 1796083199999.999),"
        " (4, 1796083200000), (5, NULL)",
    )
    spec = table_specs()["query"]
    source = opened(database)
    found = [row for batch in source.extract(spec, tuple(spec.columns), NOVEMBER) for row in batch.to_pylist()]
    assert [(row["id"], row["unreadable"]) for row in found] == [(2, None), (3, None), (5, "start_time: no time")]
    assert source.count(spec, NOVEMBER).counted == 3
    first, last = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, 59, 999999, tzinfo=UTC)
    before, after = datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert source.span(spec) == Span(
        5, (MonthRows(1, before, before), MonthRows(2, first, last), MonthRows(1, after, after))
    )


def test_a_table_reaches_as_far_as_its_readable_times_and_counts_every_row(opened: Open, database: Path) -> None:
    run(
        database,
        "INSERT INTO logs (action, dttm) VALUES ('x', NULL), ('y', '0 never'), ('z', 'zzz')",
        "INSERT INTO logs (action, dttm) VALUES ('x', '2026-13-01 00:00:00')",
    )
    source = opened(database)
    span = source.span(LOGS)
    assert span is not None
    assert (span.rows, span.first_at) == (8, datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC))
    assert [(month.first_at.month, month.rows) for month in span.months] == [(10, 1), (11, 2), (12, 1)]
    assert source.span(table_specs()["query"]) == Span(0)
    assert source.span(table_specs()["ab_user"]) is None


def test_a_table_that_is_not_there_is_empty(opened: Open, database: Path) -> None:
    source = opened(database)
    accounts = table_specs()["ab_user"]
    assert list(source.extract(accounts, tuple(accounts.columns), None)) == []
    issued = source.count(accounts, None)
    assert (issued.counted, issued.counting_sql) == (0, "")
    assert source.extraction(accounts, ("id",), None) == "-- ab_user: this database has no such table"
    assert source.fetch(accounts, 1) is None


def test_only_tables_and_columns_that_are_listed_are_read(opened: Open, database: Path) -> None:
    run(database, "CREATE TABLE ab_user (id INTEGER PRIMARY KEY, username TEXT, password TEXT)")
    run(database, "INSERT INTO ab_user VALUES (1, 'alice', 'scrypt:hash')")
    run(database, "CREATE TABLE ssh_tunnels (private_key TEXT)")
    source = opened(database)
    accounts = table_specs()["ab_user"]
    (batch,) = source.extract(accounts, tuple(accounts.columns), None)
    assert "password" not in batch.schema.names
    assert batch["username"].to_pylist() == ["alice"]
    assert "ssh_tunnels" not in source.facts.tables
    assert "password" not in source.extraction(accounts, tuple(accounts.columns), None)


@pytest.mark.parametrize(("revision", "release"), [("4b2a8c9d3e1f", "6.1.0"), ("0123456789ab", None)])
def test_the_release_is_known_by_its_last_migration(
    opened: Open, database: Path, revision: str, release: str | None
) -> None:
    run(database, "CREATE TABLE alembic_version (version_num TEXT)")
    run(database, "INSERT INTO alembic_version VALUES (?)", parameters=(revision,))
    assert opened(database).facts.superset_version == release


def test_names_that_need_quoting_are_quoted(opened: Open, tmp_path: Path, database: Path) -> None:
    path = tmp_path / "a b%3F?#'x.db"
    path.write_bytes(database.read_bytes())
    assert ids(opened(path)) == [2, 3]
