"""What one process leaves behind of its counts, whatever ends it, and how another finds that it has ended.

    enqueued lost closed started_at

The process holds a lock on its file for as long as it lives. Numbers are written in place at once, not by mmap: on a
full disk a store into a mapped page can end the process, a failed write does not, and both outlive it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".writer"


def new_writer_id() -> str:
    """Return a name for what writes: host, process, and a part that no other has had."""
    host = "".join(letter if letter.isalnum() or letter == "-" else "-" for letter in socket.gethostname())[:60]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Numbers:
    """Counts of one process.

    Attributes:
        enqueued: Records that it was given.
        lost: Those that found no place at all.
        closed: It ended as it should.
        started_at: Seconds since 1970, UTC.
    """

    enqueued: int
    lost: int
    closed: bool
    started_at: int


class WriterFile:
    """The counts of this process; in memory alone where the folder cannot be written, which `error` then says."""

    def __init__(self, folder: Path, writer: str) -> None:
        """Make the file and lock it."""
        self.enqueued = 0
        self.lost = 0
        self.error: OSError | None = None
        self._path = folder / f"{writer}{SUFFIX}"
        self._started_at = int(time.time())
        self._file: int | None = None
        new = self._path.with_suffix(".new")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            # Locked before it has its name, or another process might take it for that of a dead one.
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.pwrite(self._file, self._encode(closed=False), 0)
            new.rename(self._path)
        except OSError as error:
            self.error = error
            self.abandon()
            with suppress(OSError):
                new.unlink(missing_ok=True)

    def save(self, *, closed: bool = False) -> None:
        """Write the numbers."""
        if self._file is not None:
            with suppress(OSError):
                os.pwrite(self._file, self._encode(closed=closed), 0)

    def remove(self) -> None:
        """Remove the file: nothing of this process is left to be taken over."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Close the file. In a child made by fork the lock is the parent's, and stays."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _encode(self, *, closed: bool) -> bytes:
        return f"{self.enqueued:020d} {self.lost:020d} {closed:d} {self._started_at:020d}\n".encode()


@contextmanager
def dead_writer(path: Path) -> Iterator[Numbers | None]:
    """Give the numbers of a process that has ended, under its lock; None where it lives or another looks at it."""
    try:
        file = open_own(path, os.O_RDONLY)
    except OSError:
        yield None
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        parts = os.pread(file, 200, 0).split()
        gone = not os.fstat(file).st_nlink  # another process was quicker
        yield (
            None if gone or len(parts) != 4 else Numbers(int(parts[0]), int(parts[1]), parts[2] == b"1", int(parts[3]))
        )
    finally:
        os.close(file)


def mark_closed(path: Path) -> None:
    """Let nobody report a process a second time; the caller holds its lock."""
    file = open_own(path, os.O_RDWR)
    try:
        os.pwrite(file, b"1", 42)
    finally:
        os.close(file)


def open_own(path: Path, how: int) -> int:
    """Open a file that a process of this account made: what others put into the folder could be made-up records.

    Raises:
        OSError: it cannot be opened, is a link, or belongs to another account.
    """
    file = os.open(path, how | os.O_NOFOLLOW | os.O_CLOEXEC)
    if os.fstat(file).st_uid != os.geteuid():
        os.close(file)
        raise PermissionError(f"{path.name} belongs to another account")
    return file
