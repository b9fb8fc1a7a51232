"""Lines in a file, and what a kill leaves of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from superset_audit_recorder.spool import Spool, SpoolFullError
from superset_audit_recorder.writer_file import WriterFile


def test_lines_come_out_as_they_went_in_however_long(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 1 << 30)
    lines = [str(number) * (number * 40_000) for number in range(1, 9)]
    spool.append(lines)
    assert spool.peek(3) == lines[:3]
    spool.settle(lines[:3])
    assert spool.peek(100) == lines[3:]
    assert (spool.waiting, spool.state.delivered) == (5, 3)


def test_an_emptied_file_is_small_again_and_keeps_its_counts(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 1 << 30)
    for _ in range(3):
        spool.append(["a" * 1000])
        spool.settle(spool.peek(1))
    assert (tmp_path / "s").read_text() == f"{84:020d} {3:020d} {0:020d} {0:020d}\n"


def test_a_torn_last_line_is_not_given_out(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 1 << 30)
    spool.append(["one", "two", "three"])
    spool.settle(["one"])
    spool.close(remove=False)
    with (tmp_path / "s").open("r+b") as file:
        file.truncate(84 + len("one\ntwo\nthr"))
    left = Spool.left(tmp_path / "s")
    assert (left.waiting, left.peek(9), left.state.delivered) == (1, ["two"], 1)


def test_a_file_that_was_truncated_before_its_counts_were_written_is_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 1 << 30)
    spool.append(["one", "two"])
    spool.settle(["one"])
    spool.close(remove=False)
    with (tmp_path / "s").open("r+b") as file:
        file.truncate(84)
    left = Spool.left(tmp_path / "s")
    assert (left.waiting, left.peek(9)) == (0, [])


def test_beyond_its_limit_it_takes_nothing_and_stays_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 100)
    spool.append(["a" * 10])
    with pytest.raises(SpoolFullError, match="s has reached 100 bytes"):
        spool.append(["b", "c" * 10])
    assert spool.peek(9) == ["a" * 10]


def test_what_another_put_into_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "s").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Spool(tmp_path / "s", 100).append(["a"])
    with pytest.raises(OSError, match="symbolic links"):
        Spool.left(tmp_path / "s")
    assert (tmp_path / "elsewhere").read_text() == "kept"


def test_files_of_the_folder_are_for_their_account_alone(tmp_path: Path) -> None:
    writer = WriterFile(tmp_path / "spool", "w")
    Spool(tmp_path / "spool" / "s", 100).append(["a"])
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "spool").iterdir()} == {
        "w.writer": 0o600,
        "s": 0o600,
    }
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
    writer.abandon()


def test_a_file_of_another_account_is_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s").write_text(f"{84:020d} {0:020d} {0:020d} {0:020d}\nmade up\n")
    assert Spool.left(tmp_path / "s").waiting == 1
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(PermissionError, match="s belongs to another account"):
        Spool.left(tmp_path / "s")
