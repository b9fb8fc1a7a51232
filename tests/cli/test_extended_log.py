"""A log as guides and custom loggers write it, standing alone: the command line on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.extended.made import STORY, only, write
from tests.redaction import marker, secret_in

from .command import CommandLine, Finished

NOW = ("--now", "2026-09-30T12:00Z")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("log") / "log.db", STORY)


def ask(auditctl: CommandLine, database: Path, *arguments: str, cwd: Path) -> Finished:
    return auditctl(*NOW, "--url", f"sqlite:///{database}", *arguments, cwd=cwd, COLUMNS="2000")


def test_failed_logins_of_a_day_are_listed(auditctl: CommandLine, tmp_path: Path) -> None:
    log = write(tmp_path / "log.db", [*STORY, {**STORY[0], "id": 13, "dttm": "2026-09-29 06:00:00"}])
    done = ask(auditctl, log, "failed-logins", "--since", "24h", "--format", "jsonl", cwd=tmp_path)
    assert [json.loads(line)["username"] for line in done.out.splitlines()] == ["mallory", "bob"]
    assert done.code == 0


def test_the_part_of_the_day_in_which_the_log_was_silent_is_not_evidenced(
    auditctl: CommandLine, log: Path, tmp_path: Path
) -> None:
    done = ask(auditctl, log, "failed-logins", "--since", "24h", cwd=tmp_path)
    assert done.code == 4
    assert "not held for 2026-09-29 12:00 to 2026-09-29 22:00 (UTC)" in done.out


def test_doctor_says_the_profile_and_what_is_missing(auditctl: CommandLine, log: Path, tmp_path: Path) -> None:
    least = write(tmp_path / "least.db", STORY, only("id", "action", "username", "dttm"))
    done = ask(auditctl, least, "doctor", cwd=tmp_path)
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "profile extended" in said
    assert "No column of this log says whether an act failed, which dashboard, which chart, the text of SQL" in said
    assert "This log has no column that says whether a sign-in failed." in said
    found = json.loads(ask(auditctl, log, "doctor", "--format", "json", cwd=tmp_path).out)
    assert found["source"]["profile"] == "extended"
    held = {one["name"]: one["held"][0]["since"] for one in found["capabilities"] if one["held"]}
    assert held["sign_in_failures"] == "2026-09-10T09:00:00.000000Z"
    assert held["sql_statements"] == "2026-09-30T08:20:00.000000Z"
    assert {one["action"]: one["kind"] for one in found["activity"]["actions"]}["execute_sql"] == "statement"


def test_show_explains_a_statement_of_the_log_without_its_literals(
    auditctl: CommandLine, log: Path, tmp_path: Path
) -> None:
    done = ask(auditctl, log, "show", "logs:5", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "123-45-6789" not in done.out
    said = " ".join(done.out.split())
    value = marker("text", "123-45-6789", secret_in(tmp_path))
    assert f"sql_text SELECT name FROM patients WHERE ssn = {value}" in said
    assert "action extended/execute_sql" in said
    assert "Derived: statements source_ref logs:5" in said
    assert "reported_by custom" in said


def test_a_report_is_made_of_it(auditctl: CommandLine, log: Path, tmp_path: Path) -> None:
    extra = tmp_path / "own"
    extra.mkdir()
    own = '"extended/sso" = { kind = "sign_in", verb = "sign_in", by = "custom", meaning = "The portal." }\n'
    (extra / "actions.toml").write_text(own, encoding="utf-8")
    out = ("--period", "2026-09", "--out", str(tmp_path / "out"))
    done = auditctl(
        "--catalogue", str(extra), *NOW, "--url", f"sqlite:///{log}", "report", "soc2", "--no-pdf", *out, cwd=tmp_path
    )
    (pack,) = (tmp_path / "out").iterdir()
    report = json.loads((pack / "report.json").read_bytes())
    assert any("The log is an extended one" in note for note in report["population"]["notes"]), done.err
    assert (pack / "method/own-actions.toml").read_text(encoding="utf-8") == own


def test_who_reached_a_table_is_told_by_the_name_of_its_database_where_the_log_tells_no_id(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    (ran,) = [row for row in STORY if row["id"] == 5]
    elsewhere = {**ran, "database_id": None, "database_name": "research"}
    unread = {"sql_text": "SELEC {{ which }}"}
    log = write(
        tmp_path / "log.db",
        [
            ran,
            {**elsewhere, "id": 90},
            {**ran, **unread, "id": 91},
            {**elsewhere, **unread, "id": 92},
        ],
    )
    day = ("--since", "2026-09-30", "--format", "jsonl")
    told = {
        table: [
            (row["source_ref"], row["via"], row["reported_by"])
            for line in ask(auditctl, log, "data-access", "--table", table, *day, cwd=tmp_path).out.splitlines()
            for row in [json.loads(line)]
        ]
        for table in ("clinical.main.patients", "research.main.patients")
    }
    unparsed = "not parsed: cannot be told"
    assert told == {
        "clinical.main.patients": [
            ("logs:5", "table clinical.main.patients", "custom"),
            ("logs:91", unparsed, "custom"),
        ],
        "research.main.patients": [
            ("logs:90", "table research.main.patients", "custom"),
            ("logs:92", unparsed, "custom"),
        ],
    }
