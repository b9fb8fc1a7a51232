"""What really lies in a folder that claims to be a pack, read without following any link."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from auditctl.pack.layout import LARGEST_LIST, MANIFEST, SIGNATURE, SUMS, open_folder

_CHUNK = 1 << 20
_NO_MARKS = bytes(byte for byte in range(256) if byte not in b'"\n')
_READ_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as it is on the disk."""

    bytes: int
    sha256: str
    records: int | None = None
    """Of a CSV: ends of line outside quotes, so its rows and its header."""


class FolderContent:
    """Every file below a folder, read to its last byte where it is `named`; what else is there is a problem."""

    def __init__(self, root: int, named: Set[str], counted: Set[str]) -> None:
        """Read the open folder `root`; records are counted in the files in `counted`."""
        self.files: dict[str, FileContent] = {}
        self.problems: list[tuple[str, str]] = []
        """Path and what is wrong there."""
        self.unusable: set[str] = set()
        """Named files that are there but have a problem here."""
        self._named = named
        self._counted = counted
        self._folders = {path[: at + 1] for path in named for at, character in enumerate(path) if character == "/"}
        self._read_folder(root, "")

    def _read_folder(self, root: int, prefix: str) -> None:
        folder = open_folder(root, prefix.split("/")[:-1])
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            for entry in found:
                self._read_entry(root, folder, prefix, entry)
        finally:
            os.close(folder)

    def _read_entry(self, root: int, folder: int, prefix: str, entry: os.DirEntry[str]) -> None:
        path = prefix + entry.name
        try:
            if entry.is_symlink():
                self._refuse(path, "is a symbolic link")
            elif entry.is_dir(follow_symlinks=False):
                if f"{path}/" in self._folders:
                    self._read_folder(root, f"{path}/")
                else:
                    self._refuse(f"{path}/", f"is not in {MANIFEST}")
            elif not entry.is_file(follow_symlinks=False):
                self._refuse(path, "is not a plain file")
            elif path in self._named:
                self.files[path] = _read(folder, entry.name, count=path in self._counted)
            elif path not in (MANIFEST, SUMS, SIGNATURE):
                self._refuse(path, f"is not in {MANIFEST}")
        except OSError as error:
            self._refuse(path, f"cannot be read: {reason(error)}")

    def _refuse(self, path: str, problem: str) -> None:
        self.problems.append((path, problem))
        self.unusable.add(path)


def read_whole(folder: int, name: str) -> tuple[FileContent, bytes]:
    """Return a small file of an open folder, and its bytes.

    Raises:
        OSError: missing, unreadable, a link, not a plain file, or larger than any manifest (4 MiB).
    """
    descriptor = _open_plain(folder, name)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LARGEST_LIST + 1)
    if len(data) > LARGEST_LIST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), name)
    return FileContent(len(data), hashlib.sha256(data).hexdigest()), data


def copy_file(root: int, path: str, target: Path) -> str:
    """Copy a file below an open folder to the new file `target`, following no link, and return its SHA-256.

    Raises:
        OSError: missing, unreadable, a link, not a plain file, or `target` cannot be written.
    """
    *folders, name = path.split("/")
    folder = open_folder(root, folders)
    try:
        descriptor = _open_plain(folder, name)
    finally:
        os.close(folder)
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "rb", 0) as file, target.open("xb") as copy:
        while data := file.read(_CHUNK):
            digest.update(data)
            copy.write(data)
    return digest.hexdigest()


def reason(error: OSError) -> str:
    """Return the operating system's words."""
    return (error.strerror or type(error).__name__).lower()


def _read(folder: int, name: str, *, count: bool) -> FileContent:
    digest = hashlib.sha256()
    size = records = 0
    quoted = False
    with os.fdopen(_open_plain(folder, name), "rb", 0) as file:
        while data := file.read(_CHUNK):
            size += len(data)
            digest.update(data)
            if count:
                # Nothing else matters, and a doubled quote ends the quoting and begins it again.
                parts = data.translate(None, _NO_MARKS).replace(b'""', b"").split(b'"')
                records += sum(map(len, parts[1::2] if quoted else parts[::2]))
                quoted ^= len(parts) % 2 == 0
    return FileContent(size, digest.hexdigest(), records if count else None)


def _open_plain(folder: int, name: str) -> int:
    descriptor = os.open(name, _READ_FILE, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a plain file", name)
