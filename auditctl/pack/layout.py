"""What a pack is made of: names that are safe everywhere, and the files that describe the others."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from auditctl.workspace import OPEN_FOLDER

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = "manifest.json.sig"
STATUSES = ("FINAL", "INTERIM", "INCOMPLETE")

LARGEST_LIST = 4 << 20
"""Bytes that a manifest, the sums or a signature may have at most: 30,000 files; JSON takes 40 times that in memory."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE | re.ASCII)
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack, by what it holds."""

    path: str
    """Below the pack's folder, with slashes."""
    bytes: int
    sha256: str
    rows: int | None = None
    """Of a CSV: its rows without the header."""


def is_safe_name(name: str) -> bool:
    """Whether a file may have this name: letters, digits, `._-`, no device of Windows, nothing that Windows cuts."""
    return bool(_NAME.fullmatch(name)) and not _DEVICES.fullmatch(name) and not name.endswith(".")


def is_safe_path(path: str) -> bool:
    """Whether a pack may hold this path: safe names, below the pack's folder, not too deep."""
    parts = path.split("/")
    return len(parts) <= _DEEPEST and all(map(is_safe_name, parts))


def open_folder(root: int, parts: Sequence[str], *, make: bool = False) -> int:
    """Open a folder below the open folder `root` without following any link; the caller closes the descriptor.

    Raises:
        OSError: it is missing (and not to be made), or a part of it is no folder.
    """
    folder = os.dup(root)
    for part in parts:
        try:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o700, dir_fd=folder)
            below = os.open(part, OPEN_FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder
