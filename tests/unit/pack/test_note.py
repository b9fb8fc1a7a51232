"""Signed notes: the form of the specification, and everything that is not quite it."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from auditctl.errors import IntegrityError, UsageError
from auditctl.pack.note import SigningKey, check_note, new_key, read_public_key, read_signing_key

KEY = SigningKey("host.example.org", bytes(range(32)))
TEXT = "auditctl pack/1\nsoc2-2026-Q3\n"


def test_a_note_is_the_text_an_empty_line_and_a_signature_that_anybody_can_check() -> None:
    text, _, line = KEY.sign(TEXT).decode().partition("\n\n")
    assert text + "\n" == TEXT
    dash, name, encoded = line.removesuffix("\n").split(" ")
    assert (dash, name) == ("\u2014", "host.example.org")
    raw = base64.b64decode(encoded)
    public = KEY.public.raw
    assert raw[:4] == hashlib.sha256(b"host.example.org\n\x01" + public).digest()[:4]
    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], TEXT.encode())


def test_keys_are_read_as_they_are_written() -> None:
    assert read_signing_key(KEY.text) == KEY
    assert read_public_key(str(KEY.public)) == KEY.public
    assert KEY.text not in repr(KEY)
    assert base64.b64encode(KEY.seed).decode() not in repr(KEY)
    assert new_key("a").seed != new_key("a").seed


def test_a_note_is_checked_against_text_and_key() -> None:
    note = KEY.sign(TEXT)
    check_note(note, TEXT, KEY.public)
    with pytest.raises(IntegrityError, match=r"is of another manifest\.json"):
        check_note(note, TEXT + "more\n", KEY.public)
    with pytest.raises(IntegrityError, match=r"holds no valid signature by host\.example\.org"):
        check_note(note, TEXT, new_key("host.example.org").public)
    with pytest.raises(IntegrityError, match=r"holds no valid signature by other"):
        check_note(note, TEXT, new_key("other").public)


def test_every_flipped_bit_of_a_note_is_found() -> None:
    note = KEY.sign(TEXT)
    for position in range(len(note)):
        for bit in range(8):
            changed = bytearray(note)
            changed[position] ^= 1 << bit
            with pytest.raises(IntegrityError):
                check_note(bytes(changed), TEXT, KEY.public)


def test_a_signature_in_another_spelling_is_refused() -> None:
    note = KEY.sign(TEXT).decode()
    last = note[-2]  # 68 bytes: the last letter before the padding holds bits that are not used
    assert note.endswith("=\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    free = note[-3]
    twin = letters[letters.index(free) ^ 1]
    respelled = note[:-3] + twin + last + "\n"
    assert base64.b64decode(respelled.split(" ")[-1]) == base64.b64decode(note.split(" ")[-1])
    with pytest.raises(IntegrityError, match="holds no valid signature"):
        check_note(respelled.encode(), TEXT, KEY.public)


@pytest.mark.parametrize("other", [SigningKey("cfo.example.org", bytes(32)), KEY])
@pytest.mark.parametrize("first", [True, False])
def test_a_second_signature_is_refused_though_the_first_is_valid(other: SigningKey, first: bool) -> None:
    note, second = KEY.sign(TEXT), other.sign(TEXT).rpartition(b"\n\n")[2]
    text, _, line = note.rpartition(b"\n\n")
    lines = second + line if first else line + second
    with pytest.raises(IntegrityError, match="holds 2 signatures; a pack has one"):
        check_note(text + b"\n\n" + lines, TEXT, KEY.public)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "ключ", "a\n", "x" * 101])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a key"):
        new_key(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host.example.org",
        str(KEY.public).replace("host", "hose"),
        str(KEY.public)[:-4],
        str(KEY.public)[:-1] + "\u00e4",
        KEY.text,
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        read_public_key(text)


@pytest.mark.parametrize("text", ["", "nothing", str(KEY.public), KEY.text.replace("host", "hose"), KEY.text[:-6]])
def test_what_is_no_signing_key_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ValueError, match="is not a") as error:
        read_signing_key(text)
    assert not text or text.strip() not in str(error.value)
