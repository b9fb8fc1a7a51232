"""A redaction with a key that is known, and the markers that it makes, worked out here from the recipe of the docs."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from auditctl.population.redaction import Redaction
from auditctl.population.redaction_key import RedactionKey
from auditctl.text import SqlText

SECRET = bytes(range(32))


class KnownRedaction(Redaction):
    """A redaction without a file."""

    def __init__(self, policy: SqlText = SqlText.REDACTED, secret: bytes = SECRET) -> None:
        super().__init__(policy, Path("/dev/null/no-such-key"))
        self.key = RedactionKey(secret)


REDACTION = KnownRedaction()


def secret_in(folder: Path) -> bytes:
    """Return the key that a run in `folder` made."""
    return bytes.fromhex((folder / "redaction.key").read_text())


def keyed(kind: str, value: str, secret: bytes = SECRET) -> str:
    """Return the whole keyed hash of a value."""
    return hmac.new(secret, kind.encode() + b"\0" + value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def marker(kind: str, value: str, secret: bytes = SECRET) -> str:
    """Return the marker that stands for a value."""
    return f"<{kind}:{keyed(kind, value, secret)[:10]}>"
