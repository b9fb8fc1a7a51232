"""The one step that makes output visible: a rename that never replaces anything."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditctl.errors import OutputError
from auditctl.text import show
from auditctl.workspace import reporting, uninterrupted

_RENAME_NOREPLACE = 1  # linux/fs.h
_LACKING = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def opened_folder(path: Path, *, make: bool = False) -> Iterator[int]:
    """Open the folder that the user gave for output (a link to one will do); `make` it where it is missing."""
    with reporting(path):
        if make:
            path.mkdir(parents=True, exist_ok=True)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


def refuse_existing(folder: int, path: Path, hint: str) -> None:
    """Raise OutputError when `path`, whose folder is open, exists: also as a link to nowhere."""
    if _exists(folder, path.name):
        raise _existing(path, hint)


def commit(old_folder: int, old: str, new_folder: int, path: Path, hint: str) -> None:
    """Rename `old` to `path`, whose folder is `new_folder`, and make that last. Signals wait; nothing is undone after.

    Raises:
        OutputError: `path` exists (with `hint`), or the rename failed and it does not, or it is there but may not
            outlive a power cut; the message says which.
    """
    with uninterrupted():
        try:
            with reporting(path):
                rename_new(old_folder, old, new_folder, path.name)
        except OutputError as error:
            if isinstance(error.__cause__, FileExistsError):
                raise _existing(path, hint) from error
            raise
        try:
            sync_folder(new_folder)
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise OutputError(
                f"{show(path)} is written, but its folder could not be synced to the disk: {reason}",
                hint="Check the disk before you rely on it",
            ) from error


def rename_new(old_folder: int, old: str, new_folder: int, new: str) -> None:
    """Rename within one filesystem, never onto something that exists (FileExistsError).

    Where the C library or the filesystem has no `renameat2(RENAME_NOREPLACE)`, existence is checked just before a plain
    rename: between the two another process's new file could be replaced, a folder that holds anything could not.
    """
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is not None:
        if renameat2(old_folder, os.fsencode(old), new_folder, os.fsencode(new), _RENAME_NOREPLACE) == 0:
            return
        code = ctypes.get_errno()
        if code not in _LACKING:
            raise OSError(code, os.strerror(code), new)
    if _exists(new_folder, new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder)


def sync_folder(folder: int) -> None:
    """Make the names in an open folder last; a filesystem that cannot sync folders is left to itself."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _LACKING:
            raise


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _existing(path: Path, hint: str) -> OutputError:
    return OutputError(f"{show(path)} exists", hint=hint)
