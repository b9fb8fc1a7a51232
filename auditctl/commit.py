"""Output, whole or not at all: it is made in a hidden private folder, and one rename that replaces nothing shows it."""

from __future__ import annotations

import ctypes
import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from auditctl.errors import OutputError
from auditctl.text import show
from auditctl.workspace import private_modes, reporting, sweep, temporary_folder, uninterrupted

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PARTIAL = re.compile(r"\.[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.partial\.(?P<pid>[1-9]\d{0,8})")
_BUFFER = 1 << 20
_CHOOSE = "Remove it or choose another name"
_RENAME_NOREPLACE = 1  # linux/fs.h
_LACKING = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def opened_folder(path: Path, *, make: bool = False) -> Iterator[int]:
    """Open the folder that the user gave for output (a link to one will do); `make` it where it is missing.

    What a killed run left half done in it is removed, also where this run will find that its output exists.
    """
    with reporting(path):
        if make:
            path.mkdir(parents=True, exist_ok=True)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with reporting(path):
            sweep(folder, _PARTIAL)
        yield folder
    finally:
        os.close(folder)


def sweep_folder(path: Path) -> None:
    """Remove what a killed run left half done in a folder, where this one may find that nothing is to be written."""
    with suppress(OutputError), opened_folder(path):
        pass


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


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a new file (0600) by `write(stream)`, whole or not at all.

    Raises:
        OutputError: it exists, or cannot be written; nothing of it is there.
    """
    with opened_folder(path.parent) as parent:
        with reporting(path):
            refuse_existing(parent, path, _CHOOSE)
        with temporary_folder(parent, path.with_name(f".auditctl.partial.{os.getpid()}")) as folder:
            with reporting(path):
                with private_modes():
                    descriptor = os.open("output", NEW_FILE, 0o600, dir_fd=folder)
                with os.fdopen(descriptor, "wb", _BUFFER) as file:
                    write(file)
                    file.flush()
                    os.fsync(descriptor)
            commit(folder, "output", parent, path, _CHOOSE)


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
