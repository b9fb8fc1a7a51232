"""A private copy of a SQLite database: the one thing unredacted that a run may put on disk, and removes again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from auditctl.errors import SourceError
from auditctl.text import show

_ATTEMPTS = 3
_NAME = "source.sqlite"
_JOURNAL = "-journal"


def copy_database(path: Path, workspace: Path) -> Path:
    """Copy a database and its journal into `workspace` (a private 0700 folder) and return the copy.

    The database file must not change while both are copied: then the copied journal is one that belongs to it. Of a
    write-ahead log, because rows committed meanwhile are only appended to it; of a rollback journal, because it holds
    what an unfinished transaction changed, which is undone in the copy.

    Raises:
        SourceError: it cannot be read, or it was changed three times in a row.
    """
    target = workspace / _NAME
    try:
        for _ in range(_ATTEMPTS):
            before = _state(path)
            shutil.copyfile(path, target)
            for suffix in ("-wal", _JOURNAL):
                with suppress(FileNotFoundError):
                    shutil.copyfile(_beside(path, suffix), _beside(target, suffix))
            if _state(path) == before:
                _roll_back(target)
                return target
            remove_copy(workspace)
    except sqlite3.Error as error:
        raise SourceError(
            f"cannot copy {show(path)}: {show(error)}", hint="Let Superset open it once, then copy it"
        ) from None
    except OSError as error:
        raise SourceError(
            f"cannot copy {show(path)}: {(error.strerror or 'error').lower()}",
            hint="A WAL database is read from a copy",
        ) from None
    raise SourceError(
        f"cannot copy {show(path)}: it changed {_ATTEMPTS} times meanwhile", hint="Try again in a quieter hour"
    )


def remove_copy(workspace: Path) -> None:
    """Remove a copy, its log and its index from `workspace`, where there is one."""
    for part in workspace.glob(f"{_NAME}*"):
        part.unlink(missing_ok=True)


def _roll_back(copy: Path) -> None:
    """Undo an unfinished transaction in the copy: a read-only connection could not."""
    if _beside(copy, _JOURNAL).exists():
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
