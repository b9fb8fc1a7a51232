"""The key of redaction: a small private file, made when it is first needed, that never leaves this machine."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import shlex
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from auditctl.commit import sweep_folder, write_whole
from auditctl.errors import OutputError, SettingsError
from auditctl.text import show

KEY_FILE_VARIABLE = "AUDITCTL_REDACTION_KEY_FILE"
_NAME = "redaction.key"
_KEY = re.compile(rb"[0-9a-f]{64}\s*", re.ASCII)
_LARGEST = 1 << 10
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class RedactionKey:
    """32 random bytes."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hexadecimal digits that tell keys apart and say nothing about the key."""
        proof = hmac.new(self.secret, b"auditctl redaction key id", hashlib.sha256).digest()
        return hashlib.sha256(proof).hexdigest()[:16]


def redaction_key_file(settings: Path | None, environ: Mapping[str, str]) -> Path:
    """Return where the key lies: as the environment says, else beside the settings file, else in the current folder."""
    if given := environ.get(KEY_FILE_VARIABLE):
        return Path(given)
    return settings.parent / _NAME if settings else Path(_NAME)


def read_or_make_key(path: Path) -> RedactionKey:
    """Read the key of `path`; where there is no such file, make one (0600).

    Raises:
        SettingsError: it cannot be read, is none, or others on this machine can read it.
        OutputError: there is none, and it cannot be written.
    """
    sweep_folder(path.parent)
    try:
        return _read(path)
    except FileNotFoundError:
        if path.is_symlink():  # to nowhere: nothing is made at its other end
            raise SettingsError([f"{show(path)}: the redaction key is a link to a file that is missing"]) from None
    made = secrets.token_hex(32)
    try:
        write_whole(path, lambda file: file.write(f"{made}\n".encode()))
    except OutputError:
        with suppress(FileNotFoundError):  # another run was faster; its key holds
            return _read(path)
        raise
    return _read(path)


def _read(path: Path) -> RedactionKey:
    name = show(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_LARGEST)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise SettingsError([f"{name}: the redaction key cannot be read: {reason}"]) from None
    if os.name == "posix" and mode & _OTHERS:
        raise SettingsError(
            [f"{name}: others on this machine can read the redaction key; run chmod 600 {shlex.quote(str(path))}"]
        )
    if not _KEY.fullmatch(content):
        raise SettingsError(
            [f"{name}: this is no redaction key (64 hexadecimal digits); name the right file or move this one away"]
        )
    return RedactionKey(bytes.fromhex(content.decode("ascii").strip()))
