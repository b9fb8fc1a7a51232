"""A query to begin with: it is a command at once, and no file is ever replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .command import CommandLine

NEW = ("--catalogue", "mine", "queries", "new")


def test_a_new_query_passes_lint_and_is_a_command(auditctl: CommandLine, tmp_path: Path) -> None:
    made = auditctl(*NEW, "night-acts", "--area", "night", cwd=tmp_path)
    assert (made.code, made.out, made.err) == (0, "mine/night/night_acts.sql\n", "")
    assert auditctl("--catalogue", "mine", "queries", "lint", cwd=tmp_path).code == 0
    # Bob deleted chart 4: row 138 of the log
    command = ("night-acts", "--since", "2026-11-24T01:50Z", "--until", "2026-11-24T03:00Z", "--format", "jsonl")
    answer = auditctl.on_fixture("--catalogue", "mine", *command, cwd=tmp_path)
    assert answer.code == 4, answer.err  # the log begins at 01:52
    rows = {row["source_ref"]: row for row in map(json.loads, answer.out.splitlines())}
    assert (rows["logs:138"]["username"], rows["logs:138"]["verb"]) == ("bob", "delete")


@pytest.mark.parametrize(
    ("name", "area", "said"),
    [
        ("exports", "night", "there is a command 'exports' already"),
        ("verify", "night", "there is a command 'verify' already"),
        ("../up", "night", "'../up' cannot be the name of a query"),
        ("acts", "../up", "'../up' cannot be the name of an area"),
        ("acts", "relations", "'relations' is no area"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    auditctl: CommandLine, tmp_path: Path, name: str, area: str, said: str
) -> None:
    done = auditctl(*NEW, name, "--area", area, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.complaints[0].startswith(f"auditctl: {said}")
    assert list(tmp_path.rglob("*.sql")) == []


def test_a_query_that_is_there_is_left_as_it_is(auditctl: CommandLine, tmp_path: Path) -> None:
    auditctl(*NEW, "acts", "--area", "night", cwd=tmp_path)
    path = tmp_path / "mine" / "night" / "acts.sql"
    mine = path.read_text(encoding="utf-8").replace('"Acts"', '"My acts"')
    path.write_text(mine, encoding="utf-8")
    assert auditctl(*NEW, "acts", "--area", "night", cwd=tmp_path).code == 2
    assert path.read_text(encoding="utf-8") == mine
