"""Publishing: whole or not at all. What is being written lies in a hidden private folder until one rename shows it."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from auditctl.commit import NEW_FILE, commit, opened_folder, refuse_existing, sync_folder
from auditctl.errors import OutputError
from auditctl.pack.layout import PackFile, is_safe_name, is_safe_path, open_folder
from auditctl.text import show
from auditctl.workspace import private_modes, reporting, temporary_folder

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BUFFER = 1 << 20
_LETTERS = "Use letters, digits and . _ - only"
_ISSUED = 'Nothing issued is replaced: use --reissue "reason", or another folder'


class PackWriter:
    """A folder `out/name` in the making: `with PackWriter(out, name) as pack: pack.add(...); pack.publish()`.

    It is built in `out/.name.partial.PID` (folders 0700, files 0600, whatever the umask). Leaving the block without
    `publish` removes that; a killed run's is removed by the next run into `out`. Every failure is an OutputError.
    """

    def __init__(self, out: Path, name: str) -> None:
        if not is_safe_name(name):
            raise OutputError(f"{show(name)} cannot be the name of a pack", hint=_LETTERS)
        self.folder = out / name
        self.files: dict[str, PackFile] = {}
        """Path -> what was written there so far."""
        self._partial = self.folder.with_name(f".{name}.partial.{os.getpid()}")
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        """Make the hidden folder, and `out` where it is missing; an existing `out/name` is refused."""
        with ExitStack() as cleanup:
            self._parent = cleanup.enter_context(opened_folder(self.folder.parent, make=True))
            with reporting(self.folder):
                refuse_existing(self._parent, self.folder, _ISSUED)
            self._root = cleanup.enter_context(temporary_folder(self._parent, self._partial))
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove what was not published."""
        self._cleanup.__exit__(kind, error, at)

    @contextmanager
    def open(self, path: str, rows: int | None = None) -> Iterator[BinaryIO]:
        """Yield a stream for a new file, hashed on its way; `rows` is what a CSV will hold without its header.

        The stream cannot seek. When the block ends the file is on the disk (fsync).
        """
        if not is_safe_path(path):
            raise OutputError(f"{show(path)} cannot be a file of a pack", hint=_LETTERS)
        *folders, name = path.split("/")
        with reporting(self.folder / path):
            with private_modes():
                folder = open_folder(self._root, folders, make=True)
                try:
                    raw = _HashedFile(os.open(name, NEW_FILE, 0o600, dir_fd=folder), "wb")
                finally:
                    os.close(folder)
            with io.BufferedWriter(raw, _BUFFER) as file:
                yield file
                file.flush()
                os.fsync(raw.fileno())
        self.files[path] = PackFile(path, raw.written, raw.sha256.hexdigest(), rows)

    def add(self, path: str, data: bytes, rows: int | None = None) -> None:
        """Write a file."""
        with self.open(path, rows) as file:
            file.write(data)

    def add_file(self, path: str, source: Path, rows: int | None = None) -> None:
        """Copy a file."""
        with self.open(path, rows) as file, source.open("rb") as data:
            shutil.copyfileobj(data, file, _BUFFER)

    def publish(self) -> Path:
        """Show the pack under its name, in one step that never replaces anything, and return its folder."""
        with reporting(self.folder):
            for folders in _folders(self.files):
                folder = open_folder(self._root, folders)
                try:
                    sync_folder(folder)
                finally:
                    os.close(folder)
        commit(self._parent, self._partial.name, self._parent, self.folder, _ISSUED)
        return self.folder


class _HashedFile(io.FileIO):
    """A file that knows the hash of what was written to it, from first byte to last."""

    def __init__(self, descriptor: int, mode: str) -> None:
        super().__init__(descriptor, mode)
        self.sha256 = hashlib.sha256()
        self.written = 0

    def seekable(self) -> bool:
        """Never: bytes that were hashed do not change."""
        return False

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Refuse."""
        raise io.UnsupportedOperation("a file of a pack is written from first byte to last")

    def truncate(self, size: int | None = None) -> int:
        """Refuse."""
        raise io.UnsupportedOperation("a file of a pack is written from first byte to last")

    def write(self, data: ReadableBuffer) -> int:
        """Write what the disk takes of `data` and hash exactly that."""
        written = super().write(data)
        self.sha256.update(memoryview(data)[:written])
        self.written += written
        return written


def _folders(files: dict[str, PackFile]) -> list[list[str]]:
    """Return every folder that holds a file or a folder, as parts; the pack's own is the empty list."""
    parts = {tuple(path.split("/")[:depth]) for path in files for depth in range(path.count("/") + 1)}
    return [list(folder) for folder in sorted(parts | {()})]
