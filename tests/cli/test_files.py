"""Where output may go, and what becomes of what a killed run left there."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from .command import CommandLine


@pytest.mark.parametrize("to", ["victim", "nowhere"])
def test_an_output_that_is_a_link_is_refused_and_its_other_end_is_left_alone(
    to: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_bytes(b"old")
    (tmp_path / "rows.csv").symlink_to(tmp_path / to)
    ended = auditctl("key", "new", "audit.example.org", "--out", "rows.csv", cwd=tmp_path)
    assert (ended.code, ended.out) == (6, "")
    assert ended.complaints == ["auditctl: rows.csv exists. Remove it or choose another name"]
    assert (tmp_path / "victim").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


def test_an_output_and_the_key_made_with_it_are_private_whatever_the_umask(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    ended = auditctl.in_shell('umask 000; exec "$@"', "key", "new", "a.example.org", cwd=tmp_path)
    assert ended.code == 0
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a b", "a\nb", ".hidden", "con.sql/"])
def test_a_query_of_a_hostile_name_is_refused(name: str, auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    ended = auditctl("--catalogue", "own", "queries", "new", name, "--area", "data", cwd=tmp_path)
    assert ended.code == 2
    assert len(ended.complaints) == 1
    assert list((tmp_path / "own").iterdir()) == []


def test_what_a_killed_run_left_is_swept_by_the_next_and_what_a_living_one_has_is_not(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as living:
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as killed:
            killed.send_signal(signal.SIGKILL)
        for process in (living, killed):
            (tmp_path / f".redaction.key.partial.{process.pid}").mkdir(0o700)
        ended = auditctl("key", "new", "a.example.org", cwd=tmp_path)
        living.kill()
    assert ended.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".redaction.key.partial.{living.pid}", "signing.key"]
