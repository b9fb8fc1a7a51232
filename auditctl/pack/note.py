"""Signed notes with Ed25519, as C2SP's signed-note specification has them: keys, signing, checking."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditctl.errors import IntegrityError, UsageError
from auditctl.text import show

if TYPE_CHECKING:  # imported where there is a signature: a pack without one is verified without the library
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = "PRIVATE+KEY+"
"""How a signing key begins, as in no public key."""

_ED25519 = b"\x01"
_LENGTH = 32
_NAME = re.compile(r"[!-*,-~]{1,100}", re.ASCII)  # printable, without the plus that separates
_KEY = re.compile(r"(?P<name>[!-*,-~]{1,100})\+(?P<id>[0-9a-f]{8})\+(?P<material>[A-Za-z0-9+/=]+)", re.ASCII)
_SIGNATURE = re.compile(r"\N{EM DASH} (?P<name>[!-*,-~]{1,100}) (?P<signature>[A-Za-z0-9+/=]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with; `str` is its form on paper: `NAME+ID+BASE64`."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that name the key in a signature; no protection."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.raw)}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs; nothing prints its seed but `text`."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """What others check its signatures with."""
        return PublicKey(self.name, self._key.public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """Its form in a file: a secret."""
        return f"{PRIVATE}{self.name}+{self.public.id.hex()}+{_base64(_ED25519 + self.seed)}\n"

    @property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str) -> bytes:
        """Return the note: the text, which ends with a line feed, an empty line, and the signature."""
        signature = self._key.sign(text.encode())
        return f"{text}\n\N{EM DASH} {self.name} {_base64(self.public.id + signature)}\n".encode()


def new_key(name: str) -> SigningKey:
    """Return a fresh key.

    Raises:
        UsageError: the name cannot stand in a note.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{show(name)}' cannot name a key", hint="Letters, digits, signs without + or blanks, to 100")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw())


def read_public_key(text: str) -> PublicKey:
    """Read the form on paper.

    Raises:
        ValueError: it is not one, in words that follow the text.
    """
    match = _KEY.fullmatch(text.strip())
    if match is None:
        raise ValueError("is not a public key: it looks like NAME+ID+BASE64")
    key = PublicKey(match["name"], _material(match["material"]))
    if key.id.hex() != match["id"]:
        raise ValueError("is not a public key: its id does not fit the rest")
    return key


def read_signing_key(text: str) -> SigningKey:
    """Read the form in a file.

    Raises:
        ValueError: it is not one; the words hold nothing of it.
    """
    text = text.strip()
    match = _KEY.fullmatch(text.removeprefix(PRIVATE))
    if not text.startswith(PRIVATE) or match is None:
        raise ValueError("is not a signing key: auditctl key new makes one")
    key = SigningKey(match["name"], _material(match["material"]))
    if key.public.id.hex() != match["id"]:
        raise ValueError("is not a signing key: its id does not fit the rest")
    return key


def check_note(data: bytes, text: str, key: PublicKey) -> None:
    """Check that a note says exactly `text`, and that `key` signed it, alone: every byte is what `sign` writes.

    A note may carry signatures by others, which a reader is to ignore. Here one that nobody checks would lie in a pack
    that is called valid, so it is refused.

    Raises:
        IntegrityError: what is wrong, in words that follow the name of the file.
    """
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise IntegrityError("is not a signed note") from None
    head, separator, tail = note.rpartition("\n\n")
    lines = tail.removesuffix("\n").split("\n")
    matches = [match for match in map(_SIGNATURE.fullmatch, lines) if match]
    if not separator or not tail.endswith("\n") or len(matches) != len(lines):
        raise IntegrityError("is not a signed note")
    if head + "\n" != text:
        raise IntegrityError("is of another manifest.json")
    if len(matches) > 1:
        raise IntegrityError(f"holds {len(matches)} signatures; a pack has one")
    signature = _decoded(matches[0]["signature"]) or b""
    if matches[0]["name"] != key.name or signature[:4] != key.id or not _is_valid(key, signature[4:], text):
        raise IntegrityError(f"holds no valid signature by {show(key.name)}")


def _is_valid(key: PublicKey, signature: bytes, text: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _material(text: str) -> bytes:
    raw = _decoded(text)
    if raw is None or len(raw) != 1 + _LENGTH or raw[:1] != _ED25519:
        raise ValueError("is not an Ed25519 key")
    return raw[1:]


def _decoded(text: str) -> bytes | None:
    """Decode base64 of the one canonical form: a second spelling of a signature is not the signature."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return raw if _base64(raw) == text else None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
