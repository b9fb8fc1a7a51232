"""A private copy belongs together, or there is none."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from auditctl.errors import SourceError
from auditctl.source.copy import copy_database, remove_copy


def test_a_database_is_copied_byte_for_byte(tmp_path: Path, workspace: Path) -> None:
    database = tmp_path / "superset.db"
    database.write_bytes(b"SQLite format 3\x00...")
    copy = copy_database(database, workspace)
    assert copy.parent == workspace
    assert copy.read_bytes() == database.read_bytes()
    assert [path.name for path in workspace.iterdir()] == [copy.name]


def test_rows_that_are_only_in_the_log_come_along(tmp_path: Path, workspace: Path) -> None:
    database = tmp_path / "superset.db"
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE logs (id INTEGER)")
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.execute("INSERT INTO logs VALUES (1)")
        writer.commit()
        copy = copy_database(database, workspace)
        with closing(sqlite3.connect(copy)) as reader:
            assert reader.execute("SELECT id FROM logs").fetchall() == [(1,)]


def touching(monkeypatch: pytest.MonkeyPatch, database: Path, times: int) -> None:
    """Let a checkpoint change the database while it is copied, the first `times` times."""
    left = [times]
    copyfile: Callable[[Path, Path], Path] = shutil.copyfile

    def copy(source: Path, target: Path) -> Path:
        result = copyfile(source, target)
        if left[0] and source == database:
            left[0] -= 1
            os.utime(database, ns=(left[0], left[0]))
        return result

    monkeypatch.setattr(shutil, "copyfile", copy)


def test_a_copy_that_a_checkpoint_tore_is_made_again(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "superset.db"
    database.write_bytes(b"one")
    touching(monkeypatch, database, times=2)
    assert copy_database(database, workspace).read_bytes() == b"one"


def test_a_database_that_never_rests_is_an_error_and_leaves_no_copy(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "superset.db"
    database.write_bytes(b"one")
    touching(monkeypatch, database, times=3)
    with pytest.raises(SourceError, match="it changed 3 times meanwhile"):
        copy_database(database, workspace)
    assert list(workspace.iterdir()) == []


def test_a_missing_database_is_an_error_of_one_line(tmp_path: Path, workspace: Path) -> None:
    with pytest.raises(SourceError) as error:
        copy_database(tmp_path / "no\nsuch.db", workspace)
    (line,) = error.value.diagnostics()
    assert "\n" not in line
    assert "no such file or directory" in line


def test_removing_a_copy_takes_its_log_and_index_and_nothing_else(workspace: Path) -> None:
    for name in ("source.sqlite", "source.sqlite-wal", "source.sqlite-shm", "population"):
        (workspace / name).touch()
    remove_copy(workspace)
    remove_copy(workspace)
    assert [path.name for path in workspace.iterdir()] == ["population"]
