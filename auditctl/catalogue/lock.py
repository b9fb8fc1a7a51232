"""`catalogue.lock.json`: version and hash of every shipped query, and the hash of every other shipped file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from auditctl.catalogue.files import Folder
from auditctl.catalogue.queries import QueryFile

LOCK_NAME = "catalogue.lock.json"
REMEDY = "run 'auditctl queries lint --write'"


@dataclass(frozen=True, slots=True)
class Lock:
    """What was locked: id -> (version, sha256) of queries, path -> sha256 of the other files."""

    queries: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def checked(self) -> frozenset[str]:
        """Hashes of the queries whose SQL was checked when they were locked."""
        return frozenset(sha256 for _, sha256 in self.queries.values())


def make_lock(files: list[QueryFile], hashes: Mapping[str, str]) -> Lock:
    """Return the lock of a catalogue as it is."""
    queries = {file.query.id: (file.query.version, file.query.sha256) for file in files}
    return Lock(queries, {name: sha256 for name, sha256 in hashes.items() if not _is_query(name)})


def lock_text(lock: Lock) -> str:
    """Return the lock as it is stored, sorted."""
    queries = {name: {"version": version, "sha256": sha256} for name, (version, sha256) in lock.queries.items()}
    return json.dumps({"files": dict(lock.files), "queries": queries}, indent=2, sort_keys=True) + "\n"


def read_lock(folder: Folder) -> Lock | None:
    """Return the stored lock; None when there is none, or none that can be read, which is noted."""
    path = folder.path / LOCK_NAME
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        queries = {str(name): (int(e["version"]), str(e["sha256"])) for name, e in stored["queries"].items()}
        return Lock(queries, {str(name): str(sha256) for name, sha256 in stored["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        folder.problems.add(path, 1, f"the lock cannot be read; {REMEDY}")
        return None


def check_lock(stored: Lock, files: list[QueryFile], folder: Folder) -> None:
    """Note where the folder and its lock differ, and every edited query that kept its version."""
    actual = make_lock(files, folder.hashes)
    for file in files:
        version, sha256 = stored.queries.get(file.query.id, (0, ""))
        if sha256 and sha256 != file.query.sha256 and file.query.version <= version:
            file.header.problem(f"the query changed, version {version} did not; raise version", "version")
    if stored != actual:
        changed = _differences(stored.files, actual.files) + _differences(stored.queries, actual.queries)
        folder.problems.add(folder.path / LOCK_NAME, 1, f"not as the files are ({', '.join(changed)}); {REMEDY}")


def _differences(stored: Mapping[str, object], actual: Mapping[str, object]) -> list[str]:
    return sorted(name for name in stored.keys() | actual.keys() if stored.get(name) != actual.get(name))


def _is_query(name: str) -> bool:
    return name.endswith(".sql") and not name.startswith("relations/")
