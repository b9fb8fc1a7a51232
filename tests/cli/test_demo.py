"""`auditctl demo`: says what it made, never writes over anything, may leave the recorder out; its story is found."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .command import CommandLine, Demo, contents

FILES = ("metadata.sqlite", "auditctl.toml", "leavers.csv", "approved_admins.csv", "truth.json")
RECORDED = "SELECT count(*) FROM logs WHERE action IN ('UserLoggedIn', 'UserLoginFailed', 'RecorderHeartbeat')"


def test_a_demo_prints_the_paths_of_its_files(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl("demo", "new", "--events", "1_0", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [f"new/{name}" for name in FILES]
    assert sorted(contents(tmp_path)) == sorted(f"new/{name}" for name in FILES)


@pytest.mark.parametrize("there", FILES)
def test_a_demo_is_never_written_over_a_part_of_one(there: str, auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / there).write_bytes(b"mine")
    result = auditctl("demo", ".", cwd=tmp_path)
    assert (result.code, result.out) == (6, "")
    assert result.complaints == [f"auditctl: {there} is there already. Name another folder, or remove it first."]
    assert contents(tmp_path) == {there: b"mine"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--until", "never"), '"never" is not a date'),
        (("--until", "2100-01-01"), "--until lies in the future. Leave it out"),
        (("--events", "many"), "give a whole number, such as 50_000"),
        (("--events", "-5"), "give a whole number, such as 50_000"),
    ],
)
def test_bad_options_make_no_demo(options: tuple[str, str], said: str, auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl("demo", "new", *options, cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    (line,) = result.complaints
    assert line.startswith("auditctl: ")
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_a_stock_demo_holds_nothing_of_the_recorder(demo: Demo, stock_demo: Demo) -> None:
    def recorded(of: Demo) -> int:
        with closing(sqlite3.connect(of.folder / "metadata.sqlite")) as database:
            (number,) = database.execute(RECORDED).fetchone()
            return int(number)

    assert recorded(stock_demo) == 0
    assert recorded(demo) > 1000


def flagged(auditctl: CommandLine, demo: Demo, query: str, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code of a query and its flagged rows."""
    result = auditctl("--config", demo.settings, query, *options, "--format", "jsonl", cwd=demo.folder)
    return result.code, [row for row in map(json.loads, result.out.splitlines()) if row["flagged"]]


def test_who_gave_himself_access_is_found_and_only_where_the_recorder_was(
    auditctl: CommandLine, demo: Demo, stock_demo: Demo
) -> None:
    fact = demo.fact("self_granted")
    code, rows = flagged(auditctl, demo, "self-granted-access", "--period", "2026-09")
    assert (code, [row["source_ref"] for row in rows]) == (1, [f"logs:{row['id']}" for row in fact["log_rows"]])
    assert [(row["username"], row["object_name"]) for row in rows] == [(fact["username"], fact["group"])]
    assert flagged(auditctl, stock_demo, "self-granted-access", "--period", "2026-09") == (4, [])


def test_what_leaves_the_organisation_and_what_was_pruned_are_found(auditctl: CommandLine, demo: Demo) -> None:
    code, rows = flagged(auditctl, demo, "schedules-outside")
    assert (code, [row["address"] for row in rows]) == (1, ["auditor@example.net"])
    code, rows = flagged(auditctl, demo, "retention", "--period", "2026-Q3")
    assert (code, [row["table_name"] for row in rows]) == (1, ["report_execution_log"])
