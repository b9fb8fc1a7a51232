"""A private copy of a SQLite database: the one thing unredacted that a run may put on disk, and removes again."""

from __future__ import annotations

import shutil
from pathlib import Path

from auditctl.errors import SourceError
from auditctl.text import show

_ATTEMPTS = 3
_NAME = "source.sqlite"


def copy_database(path: Path, workspace: Path) -> Path:
    """Copy a database and its write-ahead log into `workspace` (a private 0700 folder) and return the copy.

    The database file must not change while both are copied: then the copied log is one that belongs to it, since rows
    committed meanwhile are only appended to the log.

    Raises:
        SourceError: it cannot be read, or a checkpoint changed it three times in a row.
    """
    target = workspace / _NAME
    log = path.with_name(path.name + "-wal")
    try:
        for _ in range(_ATTEMPTS):
            before = _state(path)
            shutil.copyfile(path, target)
            if log.exists():
                shutil.copyfile(log, target.with_name(target.name + "-wal"))
            if _state(path) == before:
                return target
            remove_copy(workspace)
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


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
