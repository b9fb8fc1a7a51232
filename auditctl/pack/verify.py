"""Verifying a pack: every byte of every file against manifest.json and SHA256SUMS, and those against each other."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from auditctl.errors import IntegrityError, UsageError
from auditctl.pack.content import FileContent, FolderContent, read_whole, reason
from auditctl.pack.counted import evidence_problems
from auditctl.pack.layout import MANIFEST, SIGNATURE, SUMS
from auditctl.pack.manifest import Manifest, read_manifest, read_sums
from auditctl.pack.note import PublicKey, check_note
from auditctl.text import show


@dataclass(frozen=True, slots=True)
class Verification:
    """What came out of reading a pack; the pack is valid when `problems` is empty."""

    name: str
    status: str
    """FINAL, INTERIM or INCOMPLETE."""
    pack_id: str
    files_valid: int
    files_total: int
    """Files that the pack must have, manifest.json and SHA256SUMS among them."""
    root_hash: str
    """SHA-256 of manifest.json as it is now: compare it with one received by another channel."""
    signer: PublicKey | None
    """The key in the manifest; None where the pack is not signed."""
    problems: tuple[str, ...]
    """Each begins with the file that it is about."""


def verify_pack(folder: Path, trusted: Collection[PublicKey] = ()) -> Verification:
    """Read a pack and say everything that is wrong with it; links are never followed.

    With `trusted` keys, one of them must have signed it; without, a signature is checked against the key that the
    manifest names, which shows no more than that pack and signature belong together.

    Raises:
        UsageError: there is no such folder.
        IntegrityError: the folder is no pack, or its manifest.json cannot be used at all.
    """
    with _opened(folder) as root:
        try:
            about_manifest, data = read_whole(root, MANIFEST)
            manifest = read_manifest(data)
        except FileNotFoundError as error:
            raise IntegrityError(f"{show(folder)} is not a pack: {MANIFEST} is missing") from error
        except OSError as error:
            raise IntegrityError(f"{show(folder)}: {MANIFEST} cannot be read: {reason(error)}") from error
        except IntegrityError as error:
            raise IntegrityError(f"{show(folder)}: {error.message}") from error
        check = _Check(manifest, about_manifest, root)
        check.compare()
        check.check_signature(trusted)
    return check.result()


class _Check:
    """The three things that say what a file should be: manifest.json, SHA256SUMS and the file itself."""

    def __init__(self, manifest: Manifest, about_manifest: FileContent, root: int) -> None:
        self._manifest = manifest
        self._about_manifest = about_manifest
        self._root = root
        self._problems: dict[str, list[str]] = {}
        self._sums = self._read_sums(root)
        named = manifest.files.keys() | self._sums.keys()
        self._disk = FolderContent(root, named - {MANIFEST, SUMS, SIGNATURE}, counted=self._csv_files())
        for path, problem in self._disk.problems:
            self._report(path, problem)

    def compare(self) -> None:
        """Let two that agree outvote the third, so that the file named is the one that was changed."""
        listed = self._sums.pop(MANIFEST, None)
        if listed is None:
            self._report(SUMS, f"does not list {MANIFEST}")
        elif listed != self._about_manifest.sha256:
            self._report(MANIFEST, f"is not what {SUMS} says: one of the two was changed")
        for problem in evidence_problems(self._manifest):
            self._report(MANIFEST, problem)
        for path in sorted(self._manifest.files.keys() | self._sums.keys()):
            if path not in self._disk.unusable:
                self._compare_file(path)

    def check_signature(self, trusted: Collection[PublicKey]) -> None:
        """Check the signature that the manifest speaks of, and that it is by a key of `trusted`, if there are any."""
        signer = self._manifest.signer
        try:
            data = read_whole(self._root, SIGNATURE)[1]
        except FileNotFoundError:
            if signer or trusted:
                self._report(SIGNATURE, "is missing" if signer else "is missing: the pack is not signed")
            return
        except OSError as error:
            self._report(SIGNATURE, f"cannot be read: {reason(error)}")
            return
        if signer is None:
            self._report(SIGNATURE, f"is not in {MANIFEST}")
            return
        if trusted and signer not in trusted:
            self._report(SIGNATURE, f"is by {show(signer)}, which is not the key that was given")
        try:
            check_note(data, self._manifest.statement(self._about_manifest.sha256), signer)
        except IntegrityError as error:
            self._report(SIGNATURE, error.message)

    def result(self) -> Verification:
        signature = {SIGNATURE} if self._manifest.signer else set()
        total = self._manifest.files.keys() | {MANIFEST, SUMS} | signature
        return Verification(
            name=self._manifest.name,
            status=self._manifest.status,
            pack_id=self._manifest.pack_id,
            files_valid=len(total - self._problems.keys()),
            files_total=len(total),
            root_hash=self._about_manifest.sha256,
            signer=self._manifest.signer,
            problems=tuple(
                f"{_plain(path)}: {text}" for path, texts in sorted(self._problems.items()) for text in texts
            ),
        )

    def _read_sums(self, root: int) -> dict[str, str]:
        try:
            sums, problems = read_sums(read_whole(root, SUMS)[1])
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            self._report(SUMS, "is missing" if missing else f"cannot be read: {reason(error)}")
            # It is reported once; the files are then judged by the manifest alone.
            sums = {path: file.sha256 for path, file in self._manifest.files.items()}
            return {**sums, MANIFEST: self._about_manifest.sha256}
        for problem in problems:
            self._report(SUMS, problem)
        return sums

    def _compare_file(self, path: str) -> None:
        said, found = self._manifest.files.get(path), self._disk.files.get(path)
        in_manifest, on_disk = said and said.sha256, found and found.sha256
        in_sums = self._sums.get(path)
        if in_manifest == in_sums == on_disk:
            self._compare_counts(path)
        elif in_manifest == in_sums:
            self._report(path, "was changed" if on_disk else "is missing")
        elif in_sums == on_disk:
            self._report(MANIFEST, f"does not have {path} as it is" if in_sums else f"lists {path}, which is not there")
        elif in_manifest == on_disk:
            self._report(
                SUMS, f"does not have {path} as it is" if in_manifest else f"lists {path}, which does not belong"
            )
        else:
            self._report(path, f"is neither what {MANIFEST} nor what {SUMS} says")

    def _compare_counts(self, path: str) -> None:
        said, found = self._manifest.files[path], self._disk.files[path]
        if said.bytes != found.bytes:
            self._report(MANIFEST, f"says that {path} has {said.bytes} bytes; it has {found.bytes}")
        if said.rows is not None and found.records is not None and said.rows + 1 != found.records:
            self._report(MANIFEST, f"says that {path} has {said.rows} rows; with the header it has {found.records}")

    def _csv_files(self) -> set[str]:
        return {path for path, file in self._manifest.files.items() if file.rows is not None and path.endswith(".csv")}

    def _report(self, path: str, problem: str) -> None:
        self._problems.setdefault(path, []).append(problem)


def _plain(path: str) -> str:
    """Show a name in ASCII, as every name of a pack is: a letter that only looks like one of a pack's is told apart."""
    return "".join(char if char.isascii() else f"\\u{{{ord(char):x}}}" for char in show(path))


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"cannot open {show(folder)}: {reason(error)}", hint="Give the folder of a pack") from error
    try:
        yield root
    finally:
        os.close(root)
