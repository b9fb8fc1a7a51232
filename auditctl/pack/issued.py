"""A pack that verified, to be worked on: its files are copied into a private folder, and the copies checked again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditctl.errors import IntegrityError
from auditctl.pack.content import copy_file, read_whole, reason
from auditctl.pack.layout import MANIFEST
from auditctl.pack.manifest import Manifest, read_manifest
from auditctl.pack.verify import Verification, verify_pack
from auditctl.pack.zipped import opened_pack
from auditctl.text import show
from auditctl.workspace import private_folder

_LARGEST_TEXT = 16 << 20


class IssuedPack:
    """What a verified pack holds, file by file as its manifest has them: what lies there now is not trusted."""

    def __init__(self, verified: Verification, manifest: Manifest, root: int, workspace: Path) -> None:
        self.verified = verified
        self.manifest = manifest
        self.workspace = workspace
        """A private folder of this pack; what is copied lies in its folder `population/`, or is read and removed."""
        self._root = root

    def copy(self, path: str) -> Path:
        """Copy a file into the workspace under its own path and return it.

        Raises:
            IntegrityError: the pack has no such file, or it is no longer the one that was verified.
        """
        entry = self.manifest.files.get(path)
        target = self.workspace / path
        if entry is None:
            raise IntegrityError(f"{show(self.verified.name)} has no {show(path)}")
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                sha256 = copy_file(self._root, path, target)
            except OSError as error:
                raise IntegrityError(f"{show(path)} cannot be copied: {reason(error)}") from error
            if sha256 != entry.sha256:
                raise IntegrityError(f"{show(path)} was changed while it was read")
        return target

    def text(self, path: str) -> str:
        """Return a file that people can read.

        Raises:
            IntegrityError: as `copy`, and where it is not UTF-8 or larger than any such file (16 MiB).
        """
        entry = self.manifest.files.get(path)
        if entry is not None and entry.bytes > _LARGEST_TEXT:
            raise IntegrityError(f"{show(path)} is too large to be what its name says")
        try:
            return self.copy(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise IntegrityError(f"{show(path)} is not UTF-8") from error


@contextmanager
def issued_pack(pack: Path) -> Iterator[IssuedPack]:
    """Verify the pack, a folder or a zip, and yield it, with a private workspace that is removed at the end.

    Raises:
        UsageError: there is no such folder or zip.
        IntegrityError: it is no pack, or not what was issued.
    """
    with opened_pack(pack) as folder, private_folder() as workspace:
        verified = verify_pack(folder)
        if verified.problems:
            raise IntegrityError(f"{show(pack)} is not what was issued", hint="auditctl verify says what is wrong")
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            found, data = read_whole(root, MANIFEST)
            if found.sha256 != verified.root_hash:
                raise IntegrityError(f"{show(pack)} was changed while it was read")
            yield IssuedPack(verified, read_manifest(data), root, workspace)
        finally:
            os.close(root)
