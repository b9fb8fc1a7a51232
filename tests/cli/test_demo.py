"""`auditctl demo`: says what it made, never writes over anything, and may leave the recorder out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

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
