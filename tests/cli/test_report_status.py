"""FINAL, INTERIM, INCOMPLETE; a log that begins too late; and a Superset without the recorder."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from .command import FIXTURE, CommandLine, Demo, contents, pack_from

SIGN_IN_TESTS = ("failed_logins", "success_after_failures")


def test_a_period_that_still_runs_is_interim(auditctl: CommandLine, tmp_path: Path) -> None:
    made = auditctl.on_fixture("report", "soc2", "--no-pdf", "--period", "2026-11", "--out", "out", cwd=tmp_path)
    assert (made.code, made.err) == (0, "")
    pack = pack_from(made, tmp_path / "out")
    assert re.fullmatch(r"soc2-2026-11-INTERIM-202\d{5}T\d{6}Z", pack.folder.name)
    assert made.out.startswith("INTERIM: SOC 2")
    about = pack.report["pack"]
    assert about["status"] == "INTERIM"
    assert about["generated_at"] >= pack.report["sources"][0]["read_point"]["taken_at"]
    assert "2026-12-01 00:00" in about["status_reasons"][0]
    manifest = json.loads((pack.folder / "manifest.json").read_bytes())
    assert (manifest["status"], manifest["name"]) == ("INTERIM", pack.folder.name)
    for name in SIGN_IN_TESTS:
        assert pack.tests[name]["outcome"] == "Not evidenced"
        assert "Superset up to 6.1.0 writes no row" in pack.tests[name]["sentence"]
    assert pack.tests["leavers_active"]["outcome"] == "Not evidenced"
    held = [data for name, data in contents(pack.folder).items() if not name.startswith("method/")]
    assert b"CANARY-db-password" in FIXTURE.read_bytes()
    assert [word for word in (b"CANARY", b"E11", b"SKU1") for data in held if word in data] == []
    assert auditctl("verify", str(pack.folder), cwd=tmp_path).code == 0


def test_a_row_that_cannot_be_read_makes_it_incomplete(auditctl: CommandLine, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite"
    shutil.copyfile(FIXTURE, damaged)
    with closing(sqlite3.connect(damaged)) as database:
        database.execute("UPDATE logs SET user_id = 'somebody' WHERE id = 19")
        database.commit()
    options = ("--period", "2026-11", "--out", "out")
    made = auditctl.on_fixture("report", "soc2", "--no-pdf", *options, cwd=tmp_path, database=damaged)
    assert made.code == 4
    pack = pack_from(made, tmp_path / "out")
    assert pack.folder.name.startswith("soc2-2026-11-INCOMPLETE-2")
    assert pack.report["pack"]["status"] == "INCOMPLETE"
    assert pack.report["pack"]["status_reasons"] == ["1 row could not be read"]
    assert made.out.startswith("INCOMPLETE: SOC 2")


def test_a_log_that_begins_after_the_period_is_said_per_test(auditctl: CommandLine, tmp_path: Path) -> None:
    made = auditctl.on_fixture("report", "soc2", "--no-pdf", "--period", "2026-10", "--out", "out", cwd=tmp_path)
    assert made.code == 0
    pack = pack_from(made, tmp_path / "out")
    assert (pack.folder.name, pack.report["pack"]["status"]) == ("soc2-2026-10", "FINAL")
    for name in ("content_changes", "deletions", "sql_statements", "data_requests", "log_coverage"):
        test = pack.tests[name]
        assert (test["outcome"], test["covered"]) == ("Not evidenced", "no")
        assert "are held since 2026-11-24 01:5" in test["sentence"]
        assert pack.rows(test["evidence"]["query"]) == [] or name == "log_coverage"


def test_without_the_recorder_the_sign_in_tests_are_not_evidenced(
    auditctl: CommandLine, stock_demo: Demo, tmp_path: Path
) -> None:
    command = ("--config", stock_demo.settings, "report", "soc2", "--no-pdf", "--period", "Q3", "--out", "out")
    made = auditctl(*command, cwd=tmp_path)
    assert made.code == 0
    pack = pack_from(made, tmp_path / "out")
    for name in (*SIGN_IN_TESTS, "access_changes"):
        test = pack.tests[name]
        assert (test["outcome"], test["covered"]) == ("Not evidenced", "no")
        assert "Superset up to 6.1.0 writes no row" in test["sentence"]
    # What a stock Superset does keep is found all the same.
    for name, query in (("deletions", "night_deletion"), ("admins_not_approved", "unapproved_admin")):
        assert [row["username"] for row in pack.exceptions(name)] == [stock_demo.fact(query)["username"]]
