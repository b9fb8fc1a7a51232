"""`index.json`: what `--help` says about every query, without parsing one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from auditctl.catalogue.files import Folder
from auditctl.catalogue.lock import REMEDY
from auditctl.catalogue.model import Kind, Query
from auditctl.catalogue.problems import Problems, shown_path
from auditctl.catalogue.queries import read_query
from auditctl.errors import CatalogueError
from auditctl.resources import bundled

INDEX_NAME = "index.json"


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A query in a list of commands."""

    id: str
    command: str
    title: str
    purpose: str
    kind: Kind
    area: str


def load_index(root: Path | None = None, extra: Path | None = None) -> list[IndexEntry]:
    """Return the queries by id, from the stored index, and from the headers of the user's folder.

    A file of the user whose header is broken is left out: running any query says what is wrong with it. A root
    without an index (a checkout before its first lock) is listed from its headers too.

    Raises:
        CatalogueError: the stored index cannot be read.
    """
    root = bundled("queries") if root is None else root
    stored = root / INDEX_NAME
    entries = _stored_entries(stored) if stored.exists() else _header_entries(root)
    if extra is not None:
        entries += _header_entries(extra)
    return sorted(entries, key=lambda entry: entry.id)


def index_text(queries: Iterable[Query]) -> str:
    """Return the index as it is stored, sorted by id."""
    entries = [asdict(_entry(query)) for query in sorted(queries, key=lambda query: query.id)]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(query: Query) -> IndexEntry:
    return IndexEntry(query.id, query.command, query.title, query.purpose, query.kind, query.area)


def _stored_entries(path: Path) -> list[IndexEntry]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return [IndexEntry(**{**entry, "kind": Kind(entry["kind"])}) for entry in stored]
    except (OSError, ValueError, KeyError, TypeError):
        message = f"{shown_path(path)}:1: the index cannot be read; {REMEDY}"
        raise CatalogueError([message]) from None


def _header_entries(path: Path) -> list[IndexEntry]:
    entries = []
    folder = Folder(path, Problems())
    for file in folder.query_paths():
        problems = Problems()
        text = folder.read(file)
        read = text and read_query(file, text, "", problems, area=folder.area(file), shipped=False)
        if read and not problems:
            entries.append(_entry(read.query))
    return entries
