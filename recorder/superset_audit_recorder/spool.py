"""A queue of lines in a file, with its own counts: what was appended is there after the process is gone.

    offset delivered taken refused
    {"action": ...}
    {"action": ...}

The first line has a fixed width and is rewritten in place by one write, so that a process that is killed at any moment
leaves counts that agree with the lines. `offset` is where the first line that waits begins.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from superset_audit_recorder.writer_file import open_own

_NUMBERS: Final = 4
_HEADER: Final = _NUMBERS * 21
_CHUNK: Final = 1 << 20


class SpoolFullError(OSError):
    """The file has reached the size that it is allowed."""


@dataclass(frozen=True)
class State:
    """The first line of a spool.

    Attributes:
        offset: Byte where the first line that waits begins.
        delivered: Records that the sink has kept, over all time.
        taken: Those that were taken over from a process that ended, over all time.
        refused: Those that the sink will never take.
    """

    offset: int = _HEADER
    delivered: int = 0
    taken: int = 0
    refused: int = 0

    def encode(self) -> bytes:
        """Return the line, always of one length."""
        numbers = (self.offset, self.delivered, self.taken, self.refused)
        return " ".join(f"{number:020d}" for number in numbers).encode() + b"\n"


class Spool:
    """The lines that wait for one sink. One process writes it; its threads may call it at the same time."""

    def __init__(self, path: Path, limit: int) -> None:
        """Write nothing yet. `limit` is in bytes."""
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._file: int | None = None
        self._size = _HEADER
        self.state = State()
        self.waiting = 0

    @classmethod
    def left(cls, path: Path) -> Spool:
        """Open what a process that has ended left, empty where it left nothing; a torn last line is none.

        Raises:
            OSError: it cannot be read.
        """
        spool = cls(path, 0)
        if path.exists():
            spool._file = file = open_own(path, os.O_RDWR)
            numbers = os.pread(file, _HEADER, 0).split()
            if len(numbers) == _NUMBERS:
                spool.state = State(*map(int, numbers))
                spool._size = os.fstat(file).st_size
                spool.waiting = _count_lines(file, spool.state.offset, spool._size)
        return spool

    def append(self, lines: Sequence[str], *, taken: bool = False) -> None:
        """Add lines, all of them or none.

        Raises:
            OSError: the disk refuses, or the file is as large as it may be.
        """
        data = "".join(f"{line}\n" for line in lines).encode()
        with self._lock:
            file = self._open()
            if self._size + len(data) > self._limit:
                raise SpoolFullError(f"{self._path.name} has reached {self._limit:,} bytes")
            try:
                _write_all(file, data, self._size)
            except OSError:
                os.ftruncate(file, self._size)  # no half line
                raise
            self._size += len(data)
            self.waiting += len(lines)
            if taken:
                self._save(replace(self.state, taken=self.state.taken + len(lines)))

    def peek(self, most: int) -> list[str]:
        """Return the oldest lines, no more than `most`; they stay."""
        with self._lock:
            if self._file is None:
                return []
            return _lines(self._file, self.state.offset, self._size, most)

    def settle(self, lines: Sequence[str], *, refused: bool = False) -> None:
        """Take away the oldest lines, which `peek` returned: the sink has kept them, or refuses them."""
        length = sum(len(line.encode()) + 1 for line in lines)
        with self._lock:
            self._save(self._counted(len(lines), refused, self.state.offset + length))
            self.waiting -= len(lines)
            if not self.waiting and self._file is not None:
                os.ftruncate(self._file, _HEADER)
                self._size = _HEADER
                self._save(replace(self.state, offset=_HEADER))

    def count(self, records: int, *, refused: bool = False) -> None:
        """Count records that did not come from this file, and that the sink has kept or refuses."""
        with self._lock:
            self._save(self._counted(records, refused, self.state.offset))

    def close(self, *, remove: bool) -> None:
        """Close the file, and remove it where nobody will ask for its counts."""
        with self._lock:
            if self._file is None:
                return
            os.close(self._file)
            self._file = None
            if remove:
                self._path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Close, in a child made by fork, what is the parent's: its lock may be held for ever here."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _counted(self, records: int, refused: bool, offset: int) -> State:
        if refused:
            return replace(self.state, offset=offset, refused=self.state.refused + records)
        return replace(self.state, offset=offset, delivered=self.state.delivered + records)

    def _open(self) -> int:
        if self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                _write_all(file, self.state.encode(), 0)
            except OSError:
                os.close(file)
                raise
            self._file = file
        return self._file

    def _save(self, state: State) -> None:
        self.state = state
        if self._file is not None:
            # Counts that could not be written make a killed process look worse than it was, never better.
            with suppress(OSError):
                os.pwrite(self._file, state.encode(), 0)


def _write_all(file: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(file, data, at)
        data, at = data[written:], at + written


def _lines(file: int, start: int, end: int, most: int) -> list[str]:
    lines: list[str] = []
    rest = b""
    while start < end and len(lines) < most:
        data = os.pread(file, min(_CHUNK, end - start), start)
        if not data:
            break
        start += len(data)
        *whole, rest = (rest + data).split(b"\n")
        lines += [line.decode("utf-8", "replace") for line in whole]
    return lines[:most]


def _count_lines(file: int, start: int, end: int) -> int:
    return sum(os.pread(file, _CHUNK, at).count(b"\n") for at in range(start, end, _CHUNK))
