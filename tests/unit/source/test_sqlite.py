"""SQLite sources: read-only in earnest, at one read point, and an error that explains itself."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from auditctl.errors import ExitCode, SourceError

from .made import LOGS, NOVEMBER, Open, ids, run

# --- Read-only


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM logs",
        "UPDATE logs SET action = 'x'",
        "INSERT INTO logs (action) VALUES ('x')",
        "REPLACE INTO logs (id, action) VALUES (1, 'x')",
        "DROP TABLE logs",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON logs BEGIN SELECT 1; END",
        "ALTER TABLE logs RENAME TO l",
        "REINDEX",
        "ANALYZE",
        "VACUUM",
        "VACUUM INTO '{folder}/stolen.db'",
        "ATTACH '{folder}/other.db' AS other",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "SAVEPOINT s",
        "SELECT load_extension('evil')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('{folder}/x', 'x')",
        "SELECT fts3_tokenizer('simple')",
        "PRAGMA journal_mode = WAL",
        "PRAGMA journal_mode",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "PRAGMA user_version = 7",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA temp_store_directory = '{folder}'",
        "PRAGMA read_uncommitted = 1",
        "PRAGMA schema_version = 9",
        "PRAGMA database_list",
    ],
)
def test_what_is_not_reading_is_refused(opened: Open, database: Path, statement: str) -> None:
    before = database.read_bytes()
    source = opened(database)
    with pytest.raises(DBAPIError):
        source._connection.execute(text(statement.format(folder=database.parent))).fetchall()
    assert ids(source) == [2, 3]
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == [database.name]


def test_a_trigger_or_view_in_the_database_runs_nothing_of_its_own(opened: Open, database: Path) -> None:
    run(
        database,
        "CREATE TABLE seen (x)",
        "CREATE VIEW dashboards AS SELECT load_extension('evil') AS id",
        "CREATE TRIGGER t AFTER INSERT ON logs BEGIN INSERT INTO seen VALUES (1); END",
    )
    source = opened(database)
    assert ids(source) == [2, 3]
    assert "dashboards" not in source.facts.tables


def test_a_file_that_may_not_be_written_is_read(opened: Open, database: Path) -> None:
    database.chmod(0o400)
    assert ids(opened(database)) == [2, 3]


# --- One read point


def test_rows_written_meanwhile_do_not_come_in(opened: Open, database: Path) -> None:
    source = opened(database)
    first = ids(source)
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN")
        writer.execute("INSERT INTO logs (action, dttm) VALUES ('late', '2026-11-15 00:00:00.000000')")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            writer.execute("COMMIT")
    assert ids(source) == first
    assert source.count(LOGS, NOVEMBER).counted == 2


def test_a_closed_source_holds_no_lock(opened: Open, database: Path) -> None:
    opened(database).close()
    run(database, "INSERT INTO logs (action, dttm) VALUES ('late', '2026-11-15 00:00:00.000000')")
    assert ids(opened(database)) == [2, 3, 5]


@pytest.fixture
def wal(database: Path) -> Iterator[Path]:
    """The same log in WAL mode; row 5 is in the write-ahead log only, and its writer is still there."""
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO logs (action, dttm) VALUES ('late', '2026-11-15 00:00:00.000000')")
        writer.commit()
        assert b"late" not in database.read_bytes()
        yield database


def test_a_wal_database_is_read_through_a_private_copy(opened: Open, wal: Path, workspace: Path) -> None:
    before = {path.name: path.read_bytes() for path in wal.parent.iterdir() if not path.name.endswith("-shm")}
    source = opened(wal)
    assert ids(source) == [2, 3, 5]
    assert source.facts.read_point.kind == "sqlite-copy"
    assert (workspace / "source.sqlite").exists()
    after = {path.name: path.read_bytes() for path in wal.parent.iterdir() if not path.name.endswith("-shm")}
    assert after == before
    source.close()
    assert list(workspace.iterdir()) == []


def test_a_wal_database_whose_superset_has_gone_is_read_too(opened: Open, wal: Path, tmp_path: Path) -> None:
    # A backup that took the log along, but no index.
    backup = tmp_path / "backup"
    backup.mkdir()
    for name in (wal.name, f"{wal.name}-wal"):
        shutil.copyfile(wal.with_name(name), backup / name)
    assert ids(opened(backup / wal.name)) == [2, 3, 5]
    assert sorted(path.name for path in backup.iterdir()) == [wal.name, f"{wal.name}-wal"]


def test_a_copy_is_made_where_it_is_asked_for(opened: Open, database: Path, workspace: Path) -> None:
    source = opened(database, copy=True)
    assert ids(source) == [2, 3]
    assert source.facts.read_point.kind == "sqlite-copy"
    run(database, "DELETE FROM logs")  # the copy holds no lock on the original
    assert ids(source) == [2, 3]
    source.close()
    assert list(workspace.iterdir()) == []


def test_a_copy_keeps_the_identity_of_its_original(opened: Open, database: Path) -> None:
    first, second = opened(database).facts, opened(database, copy=True).facts
    assert first.source_id == second.source_id
    assert first.read_point.value.split()[0] == f"sha256:{hashlib.sha256(database.read_bytes()).hexdigest()}"


@pytest.fixture
def unfinished(database: Path, tmp_path: Path) -> Path:
    """The log of a Superset that died within a transaction: half of it is in the file, the journal undoes it."""
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN")
        writer.execute("UPDATE logs SET dttm = '2026-11-15 00:00:00.000000', referrer = 'never committed'")
        for _ in range(500):
            writer.execute("INSERT INTO logs (action, dttm) VALUES (hex(zeroblob(200)), '2026-11-15 00:00:00.000000')")
        died = tmp_path / "died"
        died.mkdir()
        for name in (database.name, f"{database.name}-journal"):
            shutil.copyfile(database.with_name(name), died / name)
    assert b"never committed" in (died / database.name).read_bytes()
    return died / database.name


def test_an_unfinished_transaction_is_not_read_as_if_it_were_committed(opened: Open, unfinished: Path) -> None:
    assert "(-journal): read it with --copy" in _error(opened, unfinished)


def test_an_unfinished_transaction_is_undone_in_the_copy_alone(opened: Open, unfinished: Path) -> None:
    before = {path.name: path.read_bytes() for path in unfinished.parent.iterdir()}
    source = opened(unfinished, copy=True)
    assert ids(source) == [2, 3]
    assert {path.name: path.read_bytes() for path in unfinished.parent.iterdir()} == before


# --- Errors of one line


def test_a_missing_file_is_said_in_one_line(opened: Open, tmp_path: Path) -> None:
    assert _error(opened, tmp_path / "none.db") == (
        f"cannot read {tmp_path}/none.db: no such file or directory. Give the path of Superset's metadata database"
    )


def test_a_folder_is_said_in_one_line(opened: Open, tmp_path: Path) -> None:
    assert "is a directory" in _error(opened, tmp_path)


def test_a_url_without_a_file_is_said_in_one_line(opened: Open) -> None:
    assert "is a directory" in _error(opened, Path())


@pytest.mark.parametrize("content", [b"", b"SQLite", b"PK\x03\x04" * 100, b"logs,action\n1,welcome\n", b"\x00" * 4096])
def test_a_file_that_is_not_sqlite_is_said_in_one_line(opened: Open, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "superset.db"
    path.write_bytes(content)
    assert "it is not a SQLite database" in _error(opened, path)


@pytest.mark.parametrize("kept", [16, 100, 1024])
def test_a_cut_off_database_is_said_in_one_line(opened: Open, database: Path, kept: int) -> None:
    database.write_bytes(database.read_bytes()[:kept])
    assert _error(opened, database)


def test_a_scrambled_database_is_said_in_one_line(opened: Open, database: Path) -> None:
    raw = bytearray(database.read_bytes())
    raw[100:] = b"\x5a" * (len(raw) - 100)
    database.write_bytes(bytes(raw))
    assert "malformed" in _error(opened, database)


@pytest.mark.parametrize(
    ("statement", "found"),
    [("CREATE TABLE orders (id INTEGER)", "orders"), ("CREATE TABLE logs (id INTEGER, message TEXT)", "logs")],
)
def test_a_database_of_something_else_is_said_in_one_line(
    opened: Open, tmp_path: Path, statement: str, found: str
) -> None:
    path = tmp_path / "other.db"
    run(path, statement)
    assert f"is not a Superset metadata database: it has no table logs with an action (found: {found})" in _error(
        opened, path
    )


def test_a_database_without_tables_is_said_in_one_line(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    run(path, "PRAGMA user_version = 1")
    assert "(found: no tables)" in _error(opened, path)


def test_a_path_cannot_break_the_line(opened: Open, tmp_path: Path) -> None:
    assert r"gone\u{a}OK: all good.db" in _error(opened, tmp_path / "gone\nOK: all good.db")


def test_a_locked_database_is_an_error_that_says_what_to_do(opened: Open, database: Path) -> None:
    source = opened(database)
    # As another process would meet it that is not let in within its patience.
    error = source._failure(DBAPIError("SELECT 1", None, sqlite3.OperationalError("database is locked")))
    assert error.diagnostics() == [
        f"cannot read {database}: database is locked. Superset is writing to it: try again, or read it with --copy"
    ]


def _error(opened: Open, path: Path) -> str:
    with pytest.raises(SourceError) as error:
        opened(path)
    assert error.value.exit_code is ExitCode.SOURCE
    (line,) = error.value.diagnostics()
    assert "\n" not in line
    return line


def test_another_process_cannot_commit_while_it_is_read(opened: Open, database: Path) -> None:
    opened(database)
    # In a process of its own: SQLite knows the locks of this one without asking the file system.
    writer = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0.2).executescript('DELETE FROM logs')"
    result = subprocess.run([sys.executable, "-c", writer, str(database)], capture_output=True, text=True, check=False)
    assert "database is locked" in result.stderr
