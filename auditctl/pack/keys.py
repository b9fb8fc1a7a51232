"""Keys as files: the signing key of a host, and the public keys that somebody trusts."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from auditctl.errors import SettingsError, UsageError
from auditctl.pack.note import PRIVATE, PublicKey, SigningKey, read_public_key, read_signing_key
from auditctl.text import show

_LARGEST = 1 << 16
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def load_signing_key(path: Path) -> SigningKey:
    """Read the key that `auditctl key new` wrote.

    Raises:
        SettingsError: it cannot be read, is not one, or others on this machine can read it.
    """
    name = show(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LARGEST)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise SettingsError([f"{name}: the signing key cannot be read: {reason}; auditctl key new makes one"]) from None
    if os.name == "posix" and mode & _OTHERS:
        raise SettingsError(
            [f"{name}: others on this machine can read the key; run chmod 600 {shlex.quote(str(path))}"]
        )
    try:
        return read_signing_key(data.decode("utf-8", "replace"))
    except ValueError as error:
        raise SettingsError([f"{name} {error}"]) from None


def trusted_keys(given: str) -> list[PublicKey]:
    """Return the public keys of `--key`: one as text, or a file with one per line (`#` begins a comment).

    Raises:
        UsageError: it is neither, or a line is no key.
    """
    if given.strip().startswith(PRIVATE):
        raise UsageError("--key: that is a signing key, a secret", hint="Give its public half: auditctl key show")
    try:
        return [read_public_key(given)]
    except ValueError as error:
        problem = f"--key: '{show(given)}' {error}"
    try:
        with Path(given).open("rb") as file:
            lines = file.read(_LARGEST).decode("utf-8-sig", "replace").splitlines()
    except (OSError, ValueError):
        raise UsageError(problem, hint="Give the public key that auditctl key show prints, or a file of such") from None
    keys = []
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                keys.append(read_public_key(line))
            except ValueError as error:
                raise UsageError(f"{show(given)}:{number}: {error}") from None
    if not keys:
        raise UsageError(f"{show(given)} holds no public key")
    return keys
