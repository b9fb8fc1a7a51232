"""What a log does not say is not evidenced: each missing column costs what rests on it, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from .made import GUIDE, STORY, answer, only, write

MINIMAL = only("id", "action", "username", "dttm")
NO_OUTCOME = "This log has no column that says whether a sign-in failed."


def test_the_least_log_tells_who_did_what_and_claims_no_outcome(tmp_path: Path) -> None:
    least = answer(write(tmp_path / "log.db", STORY, MINIMAL))
    assert least.rows("dashboard_views", "username", "object_id", "event_outcome") == [("alice", None, "unknown")]
    assert least.rows("deletions", "username", "event_outcome", "outcome_basis") == [
        ("bob", "attempted", "the row does not say whether it failed")
    ]
    assert least.rows("sign_ins", "username", "event_outcome") == [
        ("alice", "unknown"),
        ("mallory", "unknown"),
        ("bob", "unknown"),
    ]
    assert least.rows("failed_logins", "username") == []
    assert least.unmet("failed_logins") == {"sign_in_failures": NO_OUTCOME}
    assert least.unmet("sign_ins") == {"sign_in_failures": NO_OUTCOME, "sign_in_successes": NO_OUTCOME}
    assert least.unmet("sql_statements") == {
        "sql_statements": "This log has no column for the text of statements, and the table query holds no row."
    }


def test_what_the_least_log_lacks_is_listed(tmp_path: Path) -> None:
    (facts,) = answer(write(tmp_path / "log.db", STORY, MINIMAL)).population.sources
    assert list(facts.notes) == [
        "The log is an extended one: a custom logger or recorder writes username. There is no other table of Superset"
        " in this database: names are those in its rows.",
        "No column of this log says whether an act failed, which dashboard, which chart, the text of SQL statements,"
        " which database, how many rows a statement returned, why an act failed, from which address.",
    ]


@pytest.mark.parametrize("action", ["login_failed", "FAILED_LOGIN"])
def test_a_name_that_says_failed_is_enough(action: str, tmp_path: Path) -> None:
    rows = [STORY[0], {**STORY[2], "action": action}]
    named = answer(write(tmp_path / "log.db", rows, MINIMAL))
    assert named.rows("failed_logins", "username", "event_outcome") == [("bob", "failed")]
    assert named.since("sign_in_failures") == "09-30 08:00"
    assert named.since("sign_in_successes") is None


def test_a_failure_by_name_is_none_the_less_one_where_the_row_denies_an_error(tmp_path: Path) -> None:
    named = answer(write(tmp_path / "log.db", [{**STORY[2], "action": "login_failed", "has_error": 0}]))
    assert named.rows("failed_logins", "event_outcome") == [("failed",)]


def test_a_column_that_is_never_filled_holds_nothing(tmp_path: Path) -> None:
    rows = [{**row, "has_error": None, "sql_text": None} for row in STORY]
    empty = answer(write(tmp_path / "log.db", rows))
    assert empty.unmet("failed_logins") == {
        "sign_in_failures": "The log holds no row of a sign-in that says whether it failed."
    }
    assert empty.unmet("sql_statements") == {
        "sql_statements": "Neither the table query nor the log holds a statement with its text for it."
    }


def test_an_act_of_no_kind_that_is_known_is_counted(tmp_path: Path) -> None:
    rows = [*STORY, {**STORY[8], "id": 13, "action": "delete_dataset"}]
    told = answer(write(tmp_path / "log.db", rows))
    assert told.population.unmapped == {"delete_dataset": 1}


def test_request_duration_stands_in_for_what_a_log_does_not_have(tmp_path: Path) -> None:
    columns = {name: kind for name, kind in GUIDE.items() if name != "execution_time_ms"}
    rows = [{**STORY[4], "request_duration": 80.4}]
    told = answer(write(tmp_path / "log.db", rows, columns))
    assert told.rows("sql_statements", "duration_ms") == [(80,)]
    (facts,) = told.population.sources
    assert "Durations are those of request_duration, taken for milliseconds: no column says its unit." in facts.notes


def test_statements_without_their_text_are_acts_only(tmp_path: Path) -> None:
    told = answer(write(tmp_path / "log.db", [{**STORY[4], "sql_text": None}, STORY[5]]))
    assert told.rows("sql_statements", "source_ref") == [("logs:6",)]
    assert told.since("sql_statements") == "09-30 08:30"


def test_an_account_was_active_when_a_row_with_its_name_says_so(tmp_path: Path) -> None:
    accounts = "CREATE TABLE ab_user (id INTEGER PRIMARY KEY, username TEXT, active BOOLEAN)"
    people = "INSERT INTO ab_user VALUES (1, 'alice', 1), (2, 'nobody', 1)"
    told = answer(write(tmp_path / "log.db", STORY, MINIMAL, accounts, people))
    assert told.derived("accounts", "SELECT username, strftime(last_activity_at, '%d %H:%M') FROM accounts") == [
        ("alice", "30 09:30"),
        ("nobody", None),
    ]
