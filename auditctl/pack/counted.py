"""What a manifest says of its evidence, against the files that the same manifest lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditctl.pack.layout import PackFile
from auditctl.pack.manifest import Manifest
from auditctl.text import show

_FOLDER = "evidence"


def evidence_problems(manifest: Manifest) -> Iterator[str]:
    """Yield where counts and hashes of the evidence are not those of its files; each follows the manifest's name."""
    said = manifest.facts.get(_FOLDER, {})
    if not isinstance(said, Mapping):
        yield "has no counts of its evidence"
        return
    for name in sorted(said.keys() | _names(manifest.files)):
        if name not in said:
            yield f"has no counts of {_FOLDER}/{show(name)}"
        elif not _agrees(said[name], manifest.files, f"{_FOLDER}/{name}"):
            yield f"has other counts or another hash of {_FOLDER}/{show(name)} than of the files in it"


def _names(files: Mapping[str, PackFile]) -> set[str]:
    parts = [path.split("/") for path in files]
    return {part[1] for part in parts if part[0] == _FOLDER and len(part) > 1}


def _agrees(said: object, files: Mapping[str, PackFile], folder: str) -> bool:
    rows, flagged = files.get(f"{folder}/rows.csv"), files.get(f"{folder}/exceptions.csv")
    if rows is None or flagged is None or f"{folder}/query.sql" not in files:
        return False
    return said == {"rows": rows.rows, "flagged": flagged.rows, "sha256": rows.sha256}
