"""A source that cannot hold the event is never told as "none": words, reason, since when, remedy, fallback, exit 4."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .command import FIXTURE, CommandLine, Demo

REASON = "Superset up to 6.1.0 writes no row for a failed sign-in."
REMEDY = "install the recorder, which writes a row for every attempt from then on"
LAST_DAY = ("failed-logins", "--since", "24h")
HEADER = "occurred_at,username,event_outcome,reason,source_ip,system,reported_by,failures,flag_reason,source_ref"
FAILURES = [f"2026-11-24T01:0{minute}:00Z,alice,failed,192.0.2.7,okta" for minute in range(5)]


@pytest.fixture
def sign_in_log(tmp_path: Path) -> Path:
    """Return a file with five failures of alice, which is the threshold, and a success of bob."""
    path = tmp_path / "sign_ins.csv"
    lines = ["time,username,event_outcome,ip,system", *FAILURES, "2026-11-24T02:00:00Z,bob,succeeded,192.0.2.8,okta"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def words(text: str) -> str:
    """Return text as it was before it was folded to the width of the terminal."""
    return " ".join(text.split())


def test_sign_ins_of_a_stock_superset_are_not_evidenced(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture(*LAST_DAY, cwd=tmp_path)
    assert (result.code, result.err) == (4, "")
    said = words(result.out)
    assert said.startswith("Not evidenced: Failed sign-ins, 2026-11-23 12:00 to 2026-11-24 12:00 UTC " + REASON)
    assert REMEDY in said
    assert "--sign-in-log" in said
    assert "Shown instead: Counters of failed sign-ins Accounts whose counter of failed sign-ins is not zero" in said
    assert "There is none; that is no proof that nothing happened." in said
    assert "No items for review" not in said


def test_the_fallback_shows_who_has_a_counter(auditctl: CommandLine, stock_demo: Demo, tmp_path: Path) -> None:
    result = auditctl("--config", stock_demo.settings, *LAST_DAY, cwd=tmp_path)
    assert result.code == 4
    before, shown, after = result.out.partition("Shown instead: Counters of failed sign-ins")
    assert words(before).startswith("Not evidenced: Failed sign-ins")
    assert shown
    assert {"Failures", "since", "last", "success"} <= set(after.split())
    assert "ab_user:19 ekrueger yes 6 " in words(after)


@pytest.mark.parametrize(("form", "rows"), [("csv", HEADER + "\n"), ("jsonl", "")])
def test_rows_go_to_stdout_and_what_they_mean_to_stderr(
    form: str, rows: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl.on_fixture(*LAST_DAY, "--format", form, cwd=tmp_path)
    assert (result.code, result.out) == (4, rows)
    assert result.complaints[0] == "Not evidenced: Failed sign-ins, 2026-11-23 12:00 to 2026-11-24 12:00 UTC"
    assert result.complaints[1] == REASON
    assert REMEDY in result.complaints[2]
    assert result.complaints[3] == "Known instead: Counters of failed sign-ins. Run auditctl failed-login-counters"


def test_a_window_is_held_from_the_first_row_of_the_recorder(auditctl: CommandLine, demo: Demo, tmp_path: Path) -> None:
    # The recorder came on 2026-08-12 at 09:00 in Berlin; the first to sign in after that did so in the afternoon.
    sign_ins = ("--config", demo.settings, "sign-ins", "--since", "2026-08-01", "--until")
    result = auditctl(*sign_ins, "2026-08-20", "--format", "csv", cwd=tmp_path)
    assert result.code == 4
    assert "not held for 2026-08-01 00:00 to 2026-08-12 09:00 (Europe/Berlin)" in result.err
    before = auditctl(*sign_ins, "2026-08-02", cwd=tmp_path)
    assert before.code == 4
    assert words(before.out).startswith("Not evidenced: Sign-ins")
    assert "Successful sign-ins are held since 2026-08-12 " in words(before.out)


def test_a_file_that_declares_the_window_gives_a_real_answer(
    auditctl: CommandLine, sign_in_log: Path, tmp_path: Path
) -> None:
    declared = ("--sign-in-log", sign_in_log.name, "--sign-in-log-covers", "2026-11-23..2026-11-25")
    result = auditctl.on_fixture(*LAST_DAY, *declared, "--format", "jsonl", cwd=tmp_path)
    assert result.code == 1
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["source_ref"] for row in rows] == ["file:2", "file:3", "file:4", "file:5", "file:6"]
    assert {(row["username"], row["event_outcome"], row["reported_by"], row["flagged"]) for row in rows} == {
        ("alice", "failed", "file", True)
    }
    assert result.complaints[0].startswith("Items for review: Failed sign-ins")
    assert "Not evidenced" not in result.err
    assert "covers 2026-11-23T00:00Z to 2026-11-25T00:00Z; management's assertion" in result.err


def test_a_file_may_declare_its_window_itself(auditctl: CommandLine, sign_in_log: Path, tmp_path: Path) -> None:
    text = sign_in_log.read_text(encoding="utf-8")
    sign_in_log.write_text(f"# covers: 2026-11-23..2026-11-25\n{text}", encoding="utf-8")
    result = auditctl.on_fixture(*LAST_DAY, "--sign-in-log", sign_in_log.name, "--format", "csv", cwd=tmp_path)
    assert result.code == 1
    assert [line.rpartition(",")[2] for line in result.out.splitlines()[1:]] == [f"file:{n}" for n in range(3, 8)]


def test_rows_of_an_undeclared_file_are_shown_and_prove_nothing(
    auditctl: CommandLine, sign_in_log: Path, tmp_path: Path
) -> None:
    result = auditctl.on_fixture(*LAST_DAY, "--sign-in-log", sign_in_log.name, cwd=tmp_path)
    assert result.code == 4
    assert words(result.out).startswith("Not evidenced: Failed sign-ins")
    assert "file:2" in result.out
    assert "alice" in result.out
    assert "From sign_ins.csv (6 rows, sha256 " in words(result.out)
    assert "covers: undeclared" in words(result.out)


@pytest.mark.parametrize("command", ["dashboard-views", "content-changes", "sql-statements", "failed-logins"])
def test_empty_tables_are_not_evidenced(command: str, auditctl: CommandLine, tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite"
    shutil.copyfile(FIXTURE, empty)
    with closing(sqlite3.connect(empty)) as database:
        database.execute("DELETE FROM logs")
        database.execute("DELETE FROM query")
        database.commit()
    result = auditctl.on_fixture(command, "--since", "24h", cwd=tmp_path, database=empty)
    assert (result.code, result.err) == (4, "")
    assert result.out.startswith("Not evidenced: ")
    assert len(result.out.splitlines()) > 2


def test_a_log_that_begins_after_the_window_is_not_evidenced(auditctl: CommandLine, tmp_path: Path) -> None:
    window = ("--since", "2026-10-01", "--until", "2026-10-02")
    result = auditctl.on_fixture("dashboard-views", *window, cwd=tmp_path)
    assert (result.code, result.err) == (4, "")
    assert words(result.out).startswith("Not evidenced: Dashboards opened, 2026-10-01 00:00 to 2026-10-02 00:00 UTC")
    assert "are held since 2026-11-24 01:5" in words(result.out)


def test_nothing_to_test_is_not_evidenced_in_the_exit_code_too(auditctl: CommandLine, tmp_path: Path) -> None:
    window = ("--since", "2026-11-24T03:00Z", "--until", "2026-11-24T04:00Z")  # held, and nobody was there
    result = auditctl.on_fixture("edits-without-effect", *window, cwd=tmp_path)
    assert (result.code, result.err) == (4, "")
    assert "There is nothing to test: no edits of known outcome." in words(result.out)


def test_changes_are_matched_with_tickets_only_where_a_tickets_file_is_given(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    query = ("changes-without-ticket", "--since", "2026-11-24T01:56Z", "--until", "2026-11-24T02:02Z")
    without = auditctl.on_fixture(*query, cwd=tmp_path)
    assert without.code == 4
    assert "No tickets file was given." in words(without.out)
    assert "--tickets FILE" in words(without.out)
    lines = "ticket,approved_by,approved_on,object\nCHG-7,Ute Weber,2026-11-24,Patient Census\n"
    (tmp_path / "tickets.csv").write_text(lines, encoding="utf-8")
    given = auditctl.on_fixture(*query, "--tickets", "tickets.csv", "--format", "jsonl", cwd=tmp_path)
    rows = [json.loads(line) for line in given.out.splitlines()]
    assert {row["ticket"] for row in rows if row["object_name"] == "Patient Census"} == {"CHG-7"}
    assert {row["flag_reason"] for row in rows if row["object_name"] != "Patient Census"} == {"no ticket is for it"}
    assert given.code == 1
    assert "From tickets.csv (1 rows, sha256" in given.err
    assert "The tickets file says no as-of date." in given.err


def test_what_management_asserts_not_to_be_here_is_not_applicable_and_misses_nothing(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    settings = tmp_path / "none.toml"
    settings.write_text(
        "[scope.chd]\nnone = true\nstated_by = 'J. Moreau'\nstated_on = 2026-10-05\nreason = 'No cards here.'\n",
        encoding="utf-8",
    )
    asked = ("statements-outside-list", "--scope", "chd", "--since", "7d")
    result = auditctl.on_fixture("--config", str(settings), *asked, cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    said = words(result.out)
    assert said.startswith("Not applicable: Statements outside the permitted list, ")
    assert "Management asserts that there is nothing of the scope chd here, and auditctl cannot check it" in said
    assert '"No cards here." Stated by J. Moreau on 2026-10-05.' in said
    assert "The assertion on scope chd is as of 2026-10-05, 50 days before the period's end." in said
    assert "Declare [scope.chd]" not in said
    assert auditctl.on_fixture(*asked, cwd=tmp_path).code == 4
