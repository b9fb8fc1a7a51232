"""Rows that do not parse never stop a report, and never vanish: they are counted and listed, and the pack says so."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from auditctl.population.model import MOST_LISTED
from tests.report_schema import violations

from .command import FIXTURE, CommandLine, Pack, pack_from

BAD = {
    "logs:19": ("UPDATE logs SET user_id = 'somebody' WHERE id = 19", "user_id: not a whole number"),
    "logs:20": ("UPDATE logs SET dttm = '2026-11-31 01:00:00' WHERE id = 20", "dttm: "),
    "logs:21": ("UPDATE logs SET action = CAST(x'ff41' AS TEXT) WHERE id = 21", "action: not valid UTF-8"),
    "logs:22": ("UPDATE logs SET json = x'00ff' WHERE id = 22", "json: bytes"),
    "logs:23": ("UPDATE logs SET duration_ms = 1.5 WHERE id = 23", "duration_ms: not a whole number"),
    "ab_user:2": ("UPDATE ab_user SET login_count = 'many' WHERE id = 2", "login_count: not a whole number"),
}
READ = {
    24: 'UPDATE logs SET json = \'{"path": "\\u0000"}\' WHERE id = 24',
    25: 'UPDATE logs SET json = \'{"path": "\\ud800"}\' WHERE id = 25',
    26: "UPDATE logs SET json = '[' WHERE id = 26",
    27: "UPDATE logs SET action = 'a' || char(0) || 'b' WHERE id = 27",
    28: "UPDATE logs SET json = '{\"path\": \"' || hex(zeroblob(1100000)) || '\"}' WHERE id = 28",
    29: "UPDATE query SET sql = 'SELECT ''' || char(0) || '''', error_message = '{\"x\": \"\\ud800\"}'",
}
"""What is odd, and can be read."""


@pytest.fixture(scope="module")
def spoilt(auditctl: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("spoilt")
    database = Path(shutil.copyfile(FIXTURE, folder / "metadata.sqlite"))
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in (*(statement for statement, _ in BAD.values()), *READ.values()):
            connection.execute(statement)
    options = ("report", "soc2", "--period", "2026-11", "--no-pdf", "--out", "out")
    return pack_from(auditctl.on_fixture(*options, cwd=folder, database=database), folder / "out")


def test_a_report_is_made_of_what_can_be_read_and_is_incomplete(spoilt: Pack) -> None:
    assert spoilt.made.code == 4, spoilt.made.err
    assert spoilt.report["pack"]["status"] == "INCOMPLETE"
    assert f"{len(BAD)} rows could not be read" in spoilt.report["pack"]["status_reasons"]
    assert violations(spoilt.report) == []


def test_each_row_that_could_not_be_read_is_listed_with_its_reason(spoilt: Pack) -> None:
    listed = {
        row["source_ref"]: row["reason"]
        for table in spoilt.report["population"]["tables"]
        for row in table["unreadable_rows"]
    }
    assert listed.keys() == BAD.keys()
    assert [ref for ref, (_, reason) in BAD.items() if not listed[ref].startswith(reason)] == []
    assert "somebody" not in json.dumps(listed)


def test_the_page_on_the_method_lists_them_too(spoilt: Pack) -> None:
    page = (spoilt.folder / "report.html").read_text(encoding="utf-8")
    assert all(f'<span class="code">{ref}</span>' in page for ref in BAD)


def test_no_row_is_lost(spoilt: Pack) -> None:
    tables = {table["name"]: table for table in spoilt.report["population"]["tables"]}
    assert (tables["logs"]["rows"], tables["logs"]["counted"]) == (206, 206)


def test_of_many_the_first_are_listed_and_all_are_counted(auditctl: CommandLine, tmp_path: Path) -> None:
    database = Path(shutil.copyfile(FIXTURE, tmp_path / "metadata.sqlite"))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
            " INSERT INTO logs (id, action, dttm) SELECT 1000 + i, 'x', 'never' FROM n"
        )
    options = ("report", "soc2", "--period", "2026-11", "--no-pdf", "--out", "out")
    pack = pack_from(auditctl.on_fixture(*options, cwd=tmp_path, database=database), tmp_path / "out")
    (logs,) = [table for table in pack.report["population"]["tables"] if table["name"] == "logs"]
    assert (logs["unreadable"], len(logs["unreadable_rows"])) == (1500, MOST_LISTED)
    assert "1,480 more rows" in (pack.folder / "report.html").read_text(encoding="utf-8")
