"""`report --previous`: what changed since a pack, by the files of that pack."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from auditctl.pack.manifest import seal
from auditctl.pack.publish import PackWriter
from tests.report_schema import violations

from .command import CommandLine, Demo, Finished, Pack


def report(auditctl: CommandLine, settings: Path | str, cwd: Path, *options: str) -> Finished:
    return auditctl("--config", str(settings), "report", "--no-pdf", *options, cwd=cwd)


@pytest.fixture(scope="module")
def earlier(auditctl: CommandLine, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Return a pack of a copy of the demo, which lies beside it."""
    folder = tmp_path_factory.mktemp("changes")
    copy = shutil.copytree(demo.folder, folder / "demo")
    made = report(auditctl, copy / "auditctl.toml", folder, "soc2", "--period", "Q3", "--out", "earlier")
    assert made.code == 0, made.err
    return Pack(folder / "earlier" / "soc2-2026-Q3", made)


@pytest.fixture(scope="module")
def later(auditctl: CommandLine, demo: Demo, earlier: Pack) -> Pack:
    """Return the pack of the same quarter after its database, a file and a setting were changed."""
    folder = earlier.folder.parents[1]
    with closing(sqlite3.connect(folder / "demo" / "metadata.sqlite")) as database, database:
        admin = demo.fact("unapproved_admin")["username"]
        account = "(SELECT id FROM ab_user WHERE username = ?)"
        database.execute(f"DELETE FROM ab_user_role WHERE user_id = {account}", [admin])
        silent = f"{demo.fact('silent_day')['date']} 10:00:00"
        database.execute("INSERT INTO logs (action, user_id, dttm) VALUES ('welcome', 1, ?)", [silent])
    file, leaver = folder / "demo" / "leavers.csv", demo.fact("leaver")["username"]
    leavers = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in leavers if leaver not in line), encoding="utf-8")
    settings = folder / "demo" / "auditctl.toml"
    with settings.open("a", encoding="utf-8") as text:
        text.write("\n[thresholds.failed_logins]\nthreshold = 7\n")
    options = ("soc2", "--period", "Q3", "--out", "later", "--previous", "earlier/soc2-2026-Q3")
    made = report(auditctl, settings, folder, *options)
    assert made.code == 0, made.err
    return Pack(folder / "later" / "soc2-2026-Q3", made)


@pytest.fixture(scope="module")
def changes(later: Pack) -> dict[str, Any]:
    found: dict[str, Any] = later.report["changes"]
    return found


def test_a_report_with_changes_is_what_the_schema_says(later: Pack) -> None:
    assert violations(later.report) == []


def fates(changes: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {item["evidence"]: (item["fate"], item["remark"]) for item in changes["exceptions"]}


def test_each_exception_says_what_became_of_it(changes: dict[str, Any]) -> None:
    found = fates(changes)
    # State that is read 54 days after the quarter is no evidence of it, so that nobody can call those cleared.
    assert found["admins_not_approved"] == ("No longer evidenced", "could not have been seen now")
    assert found["leavers_active"] == ("No longer evidenced", "could not have been seen now")
    reread = "the same period was read again, and its rows no longer show it"
    assert found["log_coverage"] == ("Cleared", reread)
    assert found["exports_outside_list"] == ("Noted again", None)
    assert (changes["counts"]["New"], changes["counts"]["Cleared"]) == (0, 1)


def test_the_rules_and_files_that_changed_are_named(changes: dict[str, Any]) -> None:
    (rule,) = changes["rules"]
    assert (rule["what"], "threshold = 5" in rule["before"], "threshold = 7" in rule["after"]) == (
        "failed_logins", True, True)  # fmt: skip
    assert [file["what"] for file in changes["inputs"]] == ["leavers"]
    assert (changes["settings"], changes["source"]) == ([], [])


def test_a_row_that_came_late_is_counted_and_named(later: Pack, earlier: Pack, changes: dict[str, Any]) -> None:
    (counted,) = changes["recounts"]
    tables = {table["name"]: table for table in earlier.report["population"]["tables"]}
    highest = tables["logs, over all time"]["max_id"]
    assert counted["then"] == tables["logs"]["counted"]
    assert counted["now"] == counted["then"] + 1
    assert (counted["late_with_new_ids"], counted["late_with_earlier_ids"], counted["gone"]) == (1, 0, 0)
    assert counted["lowest_new_id"] == counted["highest_new_id"] == highest + 1
    assert changes["sentence"].endswith("; rows that came late: 1.")
    page = (later.folder / "report.html").read_text(encoding="utf-8")
    assert f"Came late, with ids from {highest + 1} to {highest + 1}, which were not given then: 1." in page


def test_the_terminal_the_pages_and_the_workbook_say_the_same(later: Pack, changes: dict[str, Any]) -> None:
    assert changes["sentence"] in " ".join(later.made.out.split())
    page = (later.folder / "report.html").read_text(encoding="utf-8")
    assert '<section id="changes">' in page
    assert "No longer evidenced" in page
    book = openpyxl.load_workbook(later.folder / "report.xlsx", read_only=True)
    rows = list(book["Changes"].iter_rows(values_only=True))
    exceptions = [row[1:4] for row in rows if row[0] == "Exception"]
    assert exceptions == [(item["fate"], item["evidence"], item["key"]) for item in changes["exceptions"]]
    book.close()


def test_the_manifest_names_the_previous_pack_by_its_hash(later: Pack, earlier: Pack) -> None:
    manifest = json.loads((later.folder / "manifest.json").read_bytes())
    root_hash = hashlib.sha256((earlier.folder / "manifest.json").read_bytes()).hexdigest()
    previous = json.loads((earlier.folder / "manifest.json").read_bytes())
    assert manifest["previous"] == {
        "name": "soc2-2026-Q3",
        "pack_id": previous["pack_id"],
        "root_hash": root_hash,
    }
    assert previous["previous"] is None


def test_the_same_report_once_more_says_its_changes_again(
    auditctl: CommandLine, later: Pack, changes: dict[str, Any]
) -> None:
    folder = later.folder.parents[1]
    options = ("soc2", "--period", "Q3", "--out", "later", "--previous", "earlier/soc2-2026-Q3")
    again = report(auditctl, folder / "demo" / "auditctl.toml", folder, *options)
    assert (again.code, changes["sentence"] in " ".join(again.out.split())) == (0, True)
    without = report(auditctl, folder / "demo" / "auditctl.toml", folder, *options[:-2])
    assert without.code == 6  # compared with another pack it is another report


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("hipaa", "--period", "Q3"), "soc2-2026-Q3 is of another framework, soc2. Leave --previous out"),
        (("soc2", "--period", "Q2"), "is of a later period, 2026-07-01 00:00 to 2026-10-01 00:00 Europe/Berlin"),
    ],
)
def test_a_pack_that_cannot_be_the_previous_one_is_refused(
    options: tuple[str, ...], words: str, auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    refused = report(auditctl, demo.settings, tmp_path, *options, "--previous", str(pack.folder))
    assert (refused.code, refused.out, words in refused.complaints[-1]) == (2, "", True)
    assert list(tmp_path.iterdir()) == []


def test_a_pack_that_was_changed_is_not_compared(auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path) -> None:
    changed = shutil.copytree(pack.folder, tmp_path / "changed")
    (changed / "report.json").write_bytes((changed / "report.json").read_bytes().replace(b"Listed", b"listed"))
    refused = report(auditctl, demo.settings, tmp_path, "soc2", "--period", "Q3", "--previous", "changed")
    assert (refused.code, refused.out) == (5, "")
    assert "changed is not what was issued. auditctl verify says what is wrong" in refused.complaints[-1]


@pytest.mark.parametrize("document", ['{"schema": "auditctl-report/0"}', '{"schema": "auditctl-report/1"}', "[]"])
def test_a_pack_of_another_release_is_said_in_one_line(
    document: str, auditctl: CommandLine, demo: Demo, tmp_path: Path
) -> None:
    with PackWriter(tmp_path, "old") as writer:
        writer.add("report.json", document.encode())
        seal(writer, {"name": "old", "pack_id": "1", "status": "FINAL"})
        writer.publish()
    refused = report(auditctl, demo.settings, tmp_path, "soc2", "--period", "Q3", "--previous", "old")
    assert (refused.code, refused.out) == (2, "")
    assert refused.complaints[-1] == (
        "auditctl: old was made by another release, and its report cannot be compared with this one."
        " Leave --previous out"
    )
