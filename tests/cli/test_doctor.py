"""`auditctl doctor`: what a source is, what it can hold, and what the role that reads it may do."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .command import FIXTURE, CommandLine, Finished

# Whoever runs the tests may write the fixture, and so this stands in every answer.
MAY_MODIFY = "this role may modify the log that it is auditing (may write the file"


def document(finished: Finished) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(finished.out)
    assert found["schema"] == "auditctl-doctor/1"
    return found


def flat(text: str) -> str:
    return " ".join(text.split())


def test_what_to_act_on_comes_first_and_the_facts_after_it(auditctl: CommandLine, tmp_path: Path) -> None:
    done = auditctl.on_fixture("doctor", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{FIXTURE}: 3 things to act on\n\nRole\n  Collected as ")
    text = flat(done.out)
    assert MAY_MODIFY in text
    assert "Superset 6.1.0 (revision 4b2a8c9d3e1f of alembic_version)" in text
    assert text.index("Zone") < text.index("Retention") < text.index("Source database SQLite")


@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_terminal(width: int, auditctl: CommandLine, tmp_path: Path) -> None:
    done = auditctl.on_fixture("doctor", cwd=tmp_path, COLUMNS=str(width))
    assert max(map(len, done.out.splitlines())) <= width


def test_json_has_what_the_table_has(auditctl: CommandLine, tmp_path: Path) -> None:
    found = document(auditctl.on_fixture("doctor", "--format", "json", cwd=tmp_path))
    with closing(sqlite3.connect(f"file:{FIXTURE}?mode=ro", uri=True)) as connection:
        rows, lowest, highest = connection.execute("SELECT count(*), min(id), max(id) FROM logs").fetchone()
        common = connection.execute("SELECT action, count(*) FROM logs GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    logs = found["tables"][0]
    assert (logs["name"], logs["rows"], logs["known"]) == ("logs", rows, "counted")
    assert (logs["lowest"]["id"], logs["highest"]["id"]) == (lowest, highest)
    assert [(one["action"], one["rows"]) for one in found["activity"]["actions"]] == common
    assert (found["activity"]["last_hour"]["rows"], found["activity"]["last_day"]["rows"]) == (0, rows)
    assert [one["code"] for one in found["findings"]] == ["role_may_modify", "zone_undeclared", "retention_short"]
    held = {one["name"]: bool(one["held"]) for one in found["capabilities"]}
    assert (held["dashboard_views"], held["sign_in_failures"]) == (True, False)


@pytest.mark.parametrize(
    "arguments", [("--require-read-only", "doctor"), ("doctor", "--require-read-only")], ids=["global", "own"]
)
def test_a_role_that_may_modify_the_log_is_reported_and_refused(
    arguments: tuple[str, ...], auditctl: CommandLine, tmp_path: Path
) -> None:
    done = auditctl.on_fixture(*arguments, cwd=tmp_path)
    assert done.code == 7
    assert MAY_MODIFY in flat(done.out)
    (said,) = done.complaints
    assert re.fullmatch(
        r"auditctl: Collected as .*may write the file.*\. Read as the role that auditctl grants prints", said
    )


def test_every_other_command_refuses_before_it_prints(auditctl: CommandLine, tmp_path: Path) -> None:
    done = auditctl.on_fixture("--require-read-only", "sign-ins", cwd=tmp_path)
    assert (done.code, done.out) == (7, "")


def test_the_settings_declare_zone_and_service(auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "auditctl.toml").write_text(
        f'[source]\nurl = "sqlite:///{FIXTURE}"\nserver_zone = "UTC"\nin_service_since = 2026-11-24\n', encoding="utf-8"
    )
    done = auditctl("--now", "2026-11-24T12:00Z", "doctor", "--format", "json", cwd=tmp_path)
    found = document(done)
    assert [one["code"] for one in found["findings"]] == ["role_may_modify"]
    assert found["retention"]["before"] == "The first row is no later than 2026-11-24, when Superset went into service."
    assert found["retention"]["months"] == {"looked_at": [], "empty": [], "heartbeats_only": []}


def test_it_is_written_to_a_new_file_whole(auditctl: CommandLine, tmp_path: Path) -> None:
    done = auditctl.on_fixture("doctor", "--exact", "--output", "doctor.txt", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert MAY_MODIFY in flat((tmp_path / "doctor.txt").read_text(encoding="utf-8"))
    again = auditctl.on_fixture("doctor", "--output", "doctor.txt", cwd=tmp_path)
    assert (again.code, len(again.complaints)) == (6, 1)


def test_an_action_cannot_command_the_terminal(auditctl: CommandLine, tmp_path: Path) -> None:
    database = tmp_path / "superset.sqlite"
    database.write_bytes(FIXTURE.read_bytes())
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE logs SET action = ? WHERE id > 100", ("\x1b]0;owned\x07[red]\u202e",))
        connection.commit()
    done = auditctl.on_fixture("doctor", cwd=tmp_path, database=database)
    assert r"\u{1b}]0;owned\u{7}[red]\u{202e}" in done.out
    assert not set(done.out) & {"\x1b", "\x07", "\u202e"}


def test_no_source_is_a_usage_error_and_a_missing_one_a_source_error(auditctl: CommandLine, tmp_path: Path) -> None:
    none = auditctl("doctor", cwd=tmp_path)
    missing = auditctl("--url", "sqlite:///no.sqlite", "doctor", cwd=tmp_path)
    assert [(done.code, done.out, len(done.complaints)) for done in (none, missing)] == [(2, "", 1), (3, "", 1)]
