"""Records as lines of JSON: in a file that a log shipper follows, or on the standard output of a container."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress

from superset_audit_recorder.record import Record

_STDOUT = "-"


class JsonLinesSink:
    """Appends one line per record. Processes may share the file; it is opened anew each time, so it may be rotated."""

    name = "json-lines"

    def __init__(self, path: str) -> None:
        """Open nothing yet; `-` is the standard output."""
        self._path = path

    def deliver(self, records: Sequence[Record]) -> None:
        """Write the lines, and see them on the disk.

        Raises:
            OSError: they could not be written; no half line is left in a file.
        """
        data = "".join(f"{record.to_json()}\n" for record in records).encode()
        if self._path == _STDOUT:
            _write(1, data)
            return
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            try:
                _write(file, data)
                os.fsync(file)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(file, size)
                raise
        finally:
            os.close(file)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
