"""The readers of files that anybody may have written, each as a function of bytes that tells whether they are accepted.

A reader is right when it refuses in its own words, or when what it accepts is what auditctl itself would have written;
where it is not, the function raises.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from auditctl.catalogue.header import split_header
from auditctl.catalogue.problems import Problems
from auditctl.errors import InputFileError, IntegrityError, SettingsError
from auditctl.pack.layout import PackFile, is_safe_name, is_safe_path
from auditctl.pack.manifest import SCHEMA, format_sums, read_manifest, read_sums
from auditctl.pack.note import SigningKey, check_note
from auditctl.population.inputs import LEAVERS, read_people
from auditctl.population.sign_in_file import read_sign_ins
from auditctl.settings import load_settings

_ROOT: Final = Path(__file__).parents[2]
_KEY: Final = SigningKey("fuzz", bytes(range(32)))
_SAID: Final = "auditctl pack/1\nsoc2-2026-Q3\nFINAL\nsha256 " + "0" * 64 + "\n"
_HASH: Final = "ab" * 32


def manifest(data: bytes) -> bool:
    """Only what auditctl writes is accepted, and no path in it leads out of the pack."""
    accepted = _manifest_as_written(data)
    with suppress(ValueError, RecursionError):
        # Few mutations are in the one form that is read any further.
        _manifest_as_written(_canonical(json.loads(data)))
    return accepted


def _manifest_as_written(data: bytes) -> bool:
    try:
        read = read_manifest(data)
    except IntegrityError:
        return False
    assert is_safe_name(read.name)
    assert all(is_safe_path(path) and path == file.path for path, file in read.files.items())
    return True


def sums(data: bytes) -> bool:
    """Lines without a problem are those that auditctl writes."""
    found, problems = read_sums(data)
    assert all(map(is_safe_path, found))
    if not problems:
        assert format_sums(PackFile(path, 0, sha256) for path, sha256 in found.items()) == data
    return not problems


def note(data: bytes) -> bool:
    """No note but the one that was signed is accepted."""
    try:
        check_note(data, _SAID, _KEY.public)
    except IntegrityError:
        return False
    assert data == _KEY.sign(_SAID)
    return True


def header(data: bytes) -> bool:
    """A query file has a header, or problems."""
    problems = Problems()
    document, _ = split_header(Path("query.sql"), data.decode("utf-8", "replace"), problems)
    assert document is not None or problems
    return not problems


def settings(data: bytes) -> bool:
    """A settings file is read, or refused in one line per fault."""
    return _with_file(data, lambda path: load_settings(path, {}))


def people(data: bytes) -> bool:
    """A CSV of people is read, or refused."""
    return _with_file(data, lambda path: read_people(path, LEAVERS))


def sign_ins(data: bytes) -> bool:
    """A file of sign-ins, CSV or JSON lines, is read, or refused."""
    return _with_file(data, lambda path: read_sign_ins(path, None, "Europe/Berlin"))


def _with_file(data: bytes, read: Callable[[Path], object]) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(data)
        file.flush()
        try:
            read(Path(file.name))
        except (InputFileError, SettingsError):
            return False
        return True


def _manifest() -> bytes:
    files = [
        {"bytes": 3, "path": "README.txt", "sha256": _HASH},
        {"bytes": 9, "path": "a/b.csv", "rows": 1, "sha256": _HASH},
    ]
    said = {"schema": SCHEMA, "name": "soc2-2026-Q3", "pack_id": _HASH, "status": "FINAL", "signer": str(_KEY.public)}
    return _canonical({**said, "files": files})


def _canonical(document: object) -> bytes:
    return (json.dumps(document, sort_keys=True, indent=1) + "\n").encode()


READERS: Final[dict[str, tuple[Callable[[bytes], bool], tuple[bytes, ...]]]] = {
    "manifest": (manifest, (_manifest(),)),
    "sums": (sums, (format_sums([PackFile("README.txt", 3, _HASH), PackFile("a/b.csv", 9, _HASH)]),)),
    "note": (note, (_KEY.sign(_SAID),)),
    "header": (header, tuple(path.read_bytes() for path in sorted((_ROOT / "queries" / "sign_in").glob("*.sql")))),
    "settings": (
        settings,
        (b'[source]\nurl = "sqlite:///x"\n[report]\nzone = "UTC"\n[scope.phi]\ntables = ["main.patients"]\n',),
    ),
    "people": (people, (b"# as of: 2026-10-01\n# from: HR\nusername,email,left_on\nalice,,2026-07-31\n",)),
    "sign_ins": (
        sign_ins,
        (
            b"time,username,event_outcome,ip,system\n2026-07-01T09:00:00+02:00,alice,failed,10.0.0.1,okta\n",
            b'{"time": "2026-07-01T09:00:00Z", "username": "alice", "event_outcome": "succeeded"}\n',
        ),
    ),
}
"""Name -> reader, and what it accepts: where fuzzing begins."""
