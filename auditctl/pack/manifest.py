"""What a pack says about itself: manifest.json and SHA256SUMS, written last and read back with suspicion."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from auditctl.errors import IntegrityError
from auditctl.pack.layout import LARGEST_LIST, MANIFEST, SIGNATURE, STATUSES, SUMS, PackFile, is_safe_name, is_safe_path
from auditctl.pack.note import PublicKey, SigningKey, read_public_key
from auditctl.pack.publish import PackWriter
from auditctl.text import show

SCHEMA = "auditctl-manifest/1"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SUM = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>[A-Za-z0-9._/-]+)", re.ASCII)
_FILE_KEYS = {"path", "bytes", "sha256"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest.json that is well formed; whether it is true is `verify_pack`'s business."""

    name: str
    pack_id: str
    status: str
    """FINAL, INTERIM or INCOMPLETE."""
    signer: PublicKey | None
    """Whose signature must lie beside it; None: it was not signed."""
    files: Mapping[str, PackFile]
    facts: Mapping[str, object]
    """Everything that it says besides the files."""

    def statement(self, root_hash: str) -> str:
        """Return what is signed: which pack it is, and the SHA-256 of its manifest.json."""
        return f"auditctl pack/1\n{self.name}\n{self.status}\nsha256 {root_hash}\n"


def seal(writer: PackWriter, facts: Mapping[str, object], key: SigningKey | None = None) -> str:
    """Write manifest.json and SHA256SUMS over the files written so far, sign them, and return the root hash.

    The root hash is the SHA-256 of manifest.json. `facts` hold at least `name`, `pack_id` and `status`, are JSON, and
    leave `schema`, `files` and `signer` to this function.

    Raises:
        OutputError: they cannot be written.
        ValueError: `facts` would make a manifest that cannot be read back.
    """
    if own := {"schema", "files", "signer"} & facts.keys():
        raise ValueError(f"facts may not hold {', '.join(sorted(own))}")
    files = [_entry(file) for _, file in sorted(writer.files.items())]
    signer = {"signer": str(key.public)} if key else {}
    data = _canonical({**facts, **signer, "schema": SCHEMA, "files": files})
    try:
        manifest = read_manifest(data)
    except IntegrityError as error:
        raise ValueError(error.message) from error
    if len(data) > LARGEST_LIST:
        raise ValueError(f"{MANIFEST} would be larger than any that is read")
    writer.add(MANIFEST, data)
    writer.add(SUMS, format_sums(writer.files.values()))
    root_hash = writer.files[MANIFEST].sha256
    if key is not None:
        writer.add(SIGNATURE, key.sign(manifest.statement(root_hash)))
    return root_hash


def format_sums(files: Iterable[PackFile]) -> bytes:
    """Return the lines that `sha256sum -c` reads, sorted by path."""
    return "".join(f"{file.sha256}  {file.path}\n" for file in sorted(files, key=lambda file: file.path)).encode()


def read_sums(data: bytes) -> tuple[dict[str, str], list[str]]:
    """Return path -> hash of SHA256SUMS, and what is wrong with its lines."""
    sums: dict[str, str] = {}
    problems: list[str] = []
    lines = data.decode("utf-8", "replace").split("\n")
    if lines.pop():
        problems.append("its last line does not end")
    for number, line in enumerate(lines, start=1):
        match = _SUM.fullmatch(line)
        if match is None or not is_safe_path(match["path"]):
            problems.append(f"line {number} is not a hash, two spaces and a path")
        elif match["path"] in sums:
            problems.append(f"line {number} names {match['path']} again")
        else:
            sums[match["path"]] = match["sha256"]
    if list(sums) != sorted(sums):
        problems.append("its lines are not in order")
    return sums, problems


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest.json that anybody may have written.

    Raises:
        IntegrityError: it is not JSON, not in the one form that `seal` writes, or its parts are not what they must be.
    """
    try:
        document = read_json(data.decode("utf-8"))
        as_written = _canonical(document)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"it is not JSON of the kind that auditctl writes ({show(error, 100)})") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _wrong(f"its schema is not {SCHEMA}")
    if as_written != data:
        raise _wrong("it is not in the form that auditctl writes")
    files = document.pop("files", None)
    if not isinstance(files, list):
        raise _wrong("it lists no files")
    read = {file.path: file for file in map(_file, files)}
    if [file["path"] for file in files] != sorted(read):
        raise _wrong("its files are not in order, or one is listed twice")
    if twin := _twin(read):
        raise _wrong(f"{twin} and another file cannot lie in one folder everywhere")
    name, pack_id, status = (_string(document, key) for key in ("name", "pack_id", "status"))
    if not is_safe_name(name):
        raise _wrong(f"{show(name, 100)} cannot be the name of a pack")
    signer = document.get("signer")
    try:
        key = None if signer is None else read_public_key(_string(document, "signer"))
    except ValueError as error:
        raise _wrong(f"its signer {error}") from error
    if status not in STATUSES:
        raise _wrong(f"its status is {show(status, 40)}, not one of {', '.join(STATUSES)}")
    return Manifest(name, pack_id, status, key, read, document)


def read_json(text: str) -> Any:
    """Read JSON that every reader reads in one way: no key twice, no number that is none.

    Raises:
        ValueError: it is not that.
        RecursionError: it is nested beyond any file of a pack.
    """
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)


def _entry(file: PackFile) -> dict[str, object]:
    entry: dict[str, object] = {"path": file.path, "bytes": file.bytes, "sha256": file.sha256}
    return entry if file.rows is None else {**entry, "rows": file.rows}


def _file(entry: object) -> PackFile:
    """Check one entry of `files`: nothing in it may lead out of the pack's folder."""
    if not isinstance(entry, dict) or not _FILE_KEYS <= set(entry) <= _FILE_KEYS | {"rows"}:
        raise _wrong("a file has other keys than path, bytes, sha256 and rows")
    path, sha256 = _string(entry, "path"), _string(entry, "sha256")
    if not is_safe_path(path) or path in (MANIFEST, SUMS, SIGNATURE):
        raise _wrong(f"{show(path, 100)} cannot be a file of a pack")
    if not _SHA256.fullmatch(sha256):
        raise _wrong(f"the sha256 of {path} is not one")
    for key in ("bytes", "rows"):
        if key in entry and (type(entry[key]) is not int or entry[key] < 0):
            raise _wrong(f"{key} of {path} is not a count")
    return PackFile(path, entry["bytes"], sha256, entry.get("rows"))


def _twin(paths: Iterable[str]) -> str | None:
    """Return a file that is another one where case does not count, or that a file would have to lie in."""
    taken: set[str] = set()
    for path in sorted(paths, key=lambda path: (-path.count("/"), path)):  # folders are known before files above them
        folded = path.casefold()
        if folded in taken:
            return path
        taken.add(folded)
        taken.update(folded[:at] for at, character in enumerate(folded) if character == "/")
    return None


def _string(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise _wrong(f"{key} is missing or not text")
    return value


def _canonical(document: object) -> bytes:
    """ASCII, so that a terminal that shows the file obeys nothing in it."""
    return (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is there twice")
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _wrong(what: str) -> IntegrityError:
    return IntegrityError(f"{MANIFEST} cannot be trusted: {what}")
