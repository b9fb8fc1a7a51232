"""The table of the guides, standing alone: their queries give what the guides promise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.period import Period
from tests.redaction import marker

from .made import NOW, STORY, Answers, answer, answer_at, write

SSN, PAYROLL = marker("text", "123-45-6789"), marker("text", "payroll")
LAST_24_HOURS = Period("24h", datetime(2026, 9, 29, 12, tzinfo=UTC), NOW, "UTC")


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return answer(write(tmp_path_factory.mktemp("guide") / "log.db", STORY), LAST_24_HOURS)


def test_failed_sign_ins_of_a_day_are_listed_in_whatever_case_the_action_is_written(guide: Answers) -> None:
    assert guide.rows("failed_logins", "username", "event_outcome", "reason", "reported_by", "source_ref") == [
        ("mallory", "failed", "Invalid password", "custom", "logs:2"),
        ("bob", "failed", None, "custom", "logs:3"),
    ]
    # The log is silent between the 10th and the 29th, 22:00: what came before that is not evidenced.
    assert [f"{gap.until:%d %H:%M}" for unmet in guide.evidence("failed_logins").unmet for gap in unmet.gaps] == [
        "29 22:00"
    ]


def test_without_accounts_a_name_is_not_called_unknown(guide: Answers) -> None:
    assert guide.rows("failed_logins", "flag_reason") == [(None,), (None,)]


def test_all_sql_is_listed_with_who_what_rows_and_error(guide: Answers) -> None:
    columns = ("username", "sql_text", "rows_returned", "error", "duration_ms", "status", "source_ref")
    expected = [
        ("alice", f"SELECT name FROM patients WHERE ssn = {SSN}", 42, None, 121, "has_error: false", "logs:5"),
        ("bob", "SELECT ssn FROM payroll", None, f"no such table: {PAYROLL}", None, "has_error: true", "logs:6"),
    ]
    assert guide.rows("sql_statements", *columns) == expected
    assert guide.rows("statements_by_database", *columns, database="Clinical") == expected
    assert guide.rows("failed_statements", "source_ref") == [("logs:6",)]


def test_each_kind_of_act_is_in_its_query_with_what_became_of_it(guide: Answers) -> None:
    basis = "the custom logger's row says so"
    columns = ("username", "object_type", "object_id", "event_outcome", "reported_by", "source_ref")
    assert guide.rows("access_changes", *columns, "outcome_basis") == [
        ("carol", "account", None, "succeeded", "custom", "logs:11", basis)
    ]
    assert guide.rows("exports", *columns, "route") == [
        ("bob", "chart", "7", "succeeded", "custom", "logs:10", "as the custom logger saw it")
    ]
    assert guide.rows("deletions", "username", "object_type", "object_id", "event_outcome", "source_ref") == [
        ("bob", "dashboard", "6", "succeeded", "logs:9")
    ]
    assert guide.rows("content_changes", "username", "verb", "object_type", "object_id", "source_ref") == [
        ("bob", "update", "chart", "7", "logs:7"),
        ("alice", "update", "dashboard", "5", "logs:8"),
        ("bob", "delete", "dashboard", "6", "logs:9"),
    ]
    assert guide.rows("dashboard_views", "username", "object_id", "event_outcome", "source_ref") == [
        ("alice", "5", "succeeded", "logs:4")
    ]


def test_names_come_from_the_rows_where_there_are_no_accounts(guide: Answers) -> None:
    assert guide.rows("unattributed_activity", "source_ref") == []
    assert guide.rows("log_coverage", "day", "log_rows", "people", "statements")[-1][1:] == (10, 3, 2)
    assert guide.since("accounts_now") is None
    assert guide.capability("accounts_now").reason == "The tables of accounts and roles are not in this database."


def test_nothing_of_it_looks_forged(guide: Answers) -> None:
    assert guide.rows("suspicious_rows", "source_ref") == []


def test_it_is_said_what_the_log_is_and_what_it_lacks(guide: Answers) -> None:
    (facts,) = guide.population.sources
    assert (facts.profile, facts.log_statements) == ("extended", True)
    written = (
        "timestamp, username, query_context, database_id, database_name, schema, sql_text, execution_time_ms, rows,"
        " has_error, error_text, request_duration"
    )
    assert list(facts.notes[1:]) == [
        f"The log is an extended one: a custom logger or recorder writes {written}. There is no other table of Superset"
        " in this database: names are those in its rows.",
        "No column of this log says from which address.",
        "SQL statements are read from rows of the log that have one.",
    ]


def test_every_kind_is_held_from_its_own_first_row(guide: Answers) -> None:
    held = {name: guide.since(name) for name in ("access_changes", "exports", "dashboard_views", "sql_statements")}
    assert held == {
        "access_changes": "09-30 09:20",
        "exports": "09-30 09:10",
        "dashboard_views": "09-30 08:10",
        "sql_statements": "09-30 08:20",
    }
    assert guide.since("sign_in_failures") == "09-10 09:00"
    assert {span.by for span in guide.capability("sql_statements").held} == {"custom"}


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [(1, "failed"), (0, "succeeded"), ("t", "failed"), ("False", "succeeded"), ("TRUE", "failed"), (None, "unknown")],
)
def test_an_error_may_be_told_in_numbers_and_words(stored: object, outcome: str, tmp_path: Path) -> None:
    told = answer(write(tmp_path / "log.db", [{**STORY[1], "has_error": stored}]))
    assert told.rows("sign_ins", "event_outcome") == [(outcome,)]
    assert told.population.unreadable == 0


def test_what_is_neither_true_nor_false_is_said_not_guessed(tmp_path: Path) -> None:
    told = answer(write(tmp_path / "log.db", [{**STORY[1], "has_error": "perhaps"}]))
    assert told.rows("sign_ins", "event_outcome") == [("unknown",)]
    assert told.population.unreadable == 1


def test_no_secret_of_its_texts_goes_further(tmp_path: Path) -> None:
    uri = "postgresql://root:hunter22@db/prod"
    row = {**STORY[5], "error_text": f"cannot connect to {uri}", "sql_text": f"SELECT dblink('{uri}')"}
    told = answer(write(tmp_path / "log.db", [{**row, "query_context": f'{{"uri": "{uri}"}}'}]))
    assert told.population.redactions == {"logs.error_text": 1, "logs.query_context": 1, "logs.sql_text": 1}
    assert b"hunter22" not in b"".join(path.read_bytes() for path in told.population.dir.iterdir())
    assert "hunter22" not in str(told.rows("sql_statements", "sql_text", "error"))


def test_who_touched_a_table_is_answered_from_the_statements_of_the_log(tmp_path: Path) -> None:
    database = write(tmp_path / "log.db", STORY)
    told = answer_at(URL.create("sqlite", database=str(database)), tmp_path, table="patients")
    columns = ("username", "path", "event_outcome", "reported_by", "source_ref")
    rows = told.rows("data_access", *columns, table="patients")
    assert ("alice", "SQL Lab statement: SELECT", "succeeded", "custom", "logs:5") in rows
    assert [ref for *_, ref in rows].count("logs:5") == 1
    assert "logs:6" not in [ref for *_, ref in rows]
