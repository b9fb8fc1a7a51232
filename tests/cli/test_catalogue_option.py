"""A query of one's own: a file in a folder, and it is a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .command import CommandLine

QUERY = """\
-- /// audit
-- id = "scratch_deletions"
-- version = 1
-- title = "Deleted scratch charts"
-- purpose = "Charts that one account deleted."
-- kind = "deviation"
-- time = "period"
-- reads = ["events"]
-- requires = ["content_changes"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- account = { type = "text", default = "admin", help = "Whose deletions." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- object_id = { label = "Chart", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT occurred_at, object_id, source_ref
FROM events
WHERE verb = 'delete' AND object_type = 'chart' AND username = $account
    AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
"""
# Bob deleted chart 4 (row 138), asked for 77777 which never was (202), and deleted 6 (205): all after 01:53.
WITHIN = ("--since", "2026-11-24T01:53Z", "--until", "2026-11-24T12:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "changes").mkdir(parents=True)
    (tmp_path / "mine" / "changes" / "scratch_deletions.sql").write_text(QUERY, encoding="utf-8")
    return tmp_path


def test_a_file_in_the_folder_is_a_command_with_its_own_option(auditctl: CommandLine, folder: Path) -> None:
    command = ("--catalogue", "mine", "scratch-deletions", *WITHIN, "--format", "jsonl")
    result = auditctl.on_fixture(*command, "--account", "bob", cwd=folder)
    assert result.code == 1
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(row["source_ref"], row["object_id"]) for row in rows] == [
        ("logs:138", "4"),
        ("logs:202", "77777"),
        ("logs:205", "6"),
    ]
    assert auditctl.on_fixture(*command, cwd=folder).code == 0


def test_the_settings_may_name_the_folder(auditctl: CommandLine, folder: Path) -> None:
    (folder / "auditctl.toml").write_text('catalogue = "mine"\n', encoding="utf-8")
    listed = auditctl("queries", "list", cwd=folder)
    assert (listed.code, listed.err) == (0, "")
    assert "scratch-deletions" in listed.out
    assert "scratch-deletions" in auditctl("--help", cwd=folder).out


def test_its_help_comes_from_its_header(auditctl: CommandLine, folder: Path) -> None:
    result = auditctl("--catalogue", "mine", "scratch-deletions", "--help", cwd=folder)
    assert (result.code, result.err) == (0, "")
    assert "Deleted scratch charts. Charts that one account deleted." in " ".join(result.out.split())
    assert "Whose deletions. Default: admin." in " ".join(result.out.split())


def test_without_the_folder_there_is_no_such_command(auditctl: CommandLine, folder: Path) -> None:
    result = auditctl.on_fixture("scratch-deletions", cwd=folder)
    assert result.code == 2


FRAMEWORK = """\
[framework]
id = "house"
title = "House rules"
noun = "rule"
edition = "2026"

[R1]
id = "HOUSE:1"
title = "Charts are not deleted by whoever made the house"
addressable = true
[[R1.tests]]
id = "by_admin"
procedure = "Look for charts that the administrator deleted."
query = "scratch_deletions"
[[R1.tests]]
id = "by_bob"
procedure = "Look for charts that Bob deleted."
query = "scratch_deletions"
parameters = { account = "bob" }
"""


def test_a_framework_of_ones_own_asks_one_query_with_several_values(auditctl: CommandLine, folder: Path) -> None:
    (folder / "mine" / "controls").mkdir()
    (folder / "mine" / "controls" / "house.toml").write_text(FRAMEWORK, encoding="utf-8")
    report = ("--catalogue", "mine", "report", "house", "--no-pdf", "--period", "2026-11-24")
    made = auditctl.on_fixture(*report, cwd=folder)
    assert made.code == 0, made.err
    (pack,) = folder.glob("house-*")
    found = json.loads((pack / "report.json").read_bytes())
    (control,) = found["controls"]
    told = [
        (test["id"], test["outcome"], test["evidence"]["folder"], test["evidence"]["flagged"], test["threshold_notes"])
        for test in control["tests"]
    ]
    assert told == [
        ("by_bob", "Exceptions noted", "evidence/scratch_deletions.bob", 3, []),
        ("by_admin", "Not evidenced", "evidence/scratch_deletions", 0, []),  # the log begins in the course of the day
    ]
    assert (found["framework"]["shipped"], control["tests"][0]["evidence"]["shipped"]) == (False, False)
    page = (pack / "report.html").read_text(encoding="utf-8")
    assert "House rules, 2026 (not from the shipped catalogue)</td>" in page
    assert "Deleted scratch charts (not from the shipped catalogue): " in page
    drawn = auditctl("sample", pack.name, "scratch-deletions.bob", "--size", "3", "--seed", "x", cwd=folder)
    assert drawn.code == 0, drawn.err


def test_what_is_ones_own_is_said_to_be_in_the_list_of_controls(auditctl: CommandLine, folder: Path) -> None:
    (folder / "mine" / "controls").mkdir()
    (folder / "mine" / "controls" / "house.toml").write_text(FRAMEWORK, encoding="utf-8")
    listed = " ".join(auditctl("--catalogue", "mine", "controls", "list", cwd=folder).out.split())
    assert "house: House rules, 2026 (not from the shipped catalogue) HOUSE:1 Charts" in listed
    assert listed.count("not from the shipped catalogue") == 1
    shown = " ".join(auditctl("--catalogue", "mine", "controls", "show", "HOUSE:1", cwd=folder).out.split())
    assert "deviation: Deleted scratch charts (not from the shipped catalogue) With account = bob" in shown
