"""What `auditctl queries lint` checks and writes: the whole catalogue, its lock and its index."""

from __future__ import annotations

from pathlib import Path

from auditctl.catalogue.index import INDEX_NAME, index_text
from auditctl.catalogue.load import Reading, read_all
from auditctl.catalogue.lock import LOCK_NAME, REMEDY, check_lock, lock_text, make_lock, read_lock
from auditctl.catalogue.problems import shown_path
from auditctl.catalogue.queries import QueryFile
from auditctl.errors import OutputError


def lint(extra: Path | None = None, root: Path | None = None) -> list[str]:
    """Return one `path:line: what; what to do` per problem: loading, all SQL, lock and index.

    Raises:
        UsageError: `extra` is no folder.
    """
    reading = read_all(extra, root)
    reading.check_sql()
    sound = not reading.problems
    lock = reading.root.path / LOCK_NAME
    if (stored := read_lock(reading.root)) is not None:
        check_lock(stored, _shipped(reading), reading.root)
    elif not lock.exists():
        reading.problems.add(lock, 1, f"there is no lock; {REMEDY}")
    index = reading.root.path / INDEX_NAME
    said = index.read_text(encoding="utf-8", errors="replace") if index.exists() else None
    if said is None or (sound and said != _index(reading)):  # what it says rests on what the headers name
        reading.problems.add(index, 1, f"not as the headers are; {REMEDY}")
    return reading.problems.lines()


def write_lock(root: Path | None = None) -> tuple[Path, Path]:
    """Check the shipped catalogue in full and write its lock and its index; return where they are.

    Raises:
        CatalogueError: something is wrong with a file; nothing was written.
        OutputError: the folder cannot be written to.
    """
    reading = read_all(None, root)
    reading.check_sql()
    reading.problems.raise_if_any()
    lock, index = reading.root.path / LOCK_NAME, reading.root.path / INDEX_NAME
    _publish(lock, lock_text(make_lock(_shipped(reading), reading.root.hashes)))
    _publish(index, _index(reading))
    return lock, index


def _shipped(reading: Reading) -> list[QueryFile]:
    return [file for file in reading.files if file.query.shipped]


def _index(reading: Reading) -> str:
    return index_text((file.query for file in _shipped(reading)), reading.catalogue())


def _publish(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {shown_path(path)}: {error.strerror}", hint="Run it in a checkout.") from error
