"""`index.json`: what `--help` and the options of every query's command say, without parsing a query."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditctl.errors import CatalogueError
from auditctl.resources import bundled

if TYPE_CHECKING:  # a command line is built from the stored index alone: it starts without the rest of the catalogue
    from auditctl.catalogue.model import Catalogue, ParameterValue, Query

INDEX_NAME = "index.json"


@dataclass(frozen=True, slots=True)
class IndexedParameter:
    """A parameter that an option of the command sets; `type` is the name of a column type."""

    name: str
    type: str
    help: str
    default: ParameterValue


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A query as its command shows it."""

    id: str
    command: str
    title: str
    purpose: str
    kind: str
    area: str
    has_window: bool
    """Whether it has the parameters `since` and `until`, which a window of time fills."""
    parameters: tuple[IndexedParameter, ...]
    """All others."""
    reads: tuple[str, ...]
    shows_sql: bool
    """Whether a column holds SQL that people ran."""
    may_trust_ids: bool
    """Whether `--trust-ids` is offered; where only the header was read, to all that have a window."""


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


def index_text(queries: Iterable[Query], catalogue: Catalogue) -> str:
    """Return the index of `queries` as it is stored, sorted by id; `catalogue` has them, and what they read."""
    from auditctl.catalogue.needed import may_trust_ids

    ordered = sorted(queries, key=lambda query: query.id)
    entries = [asdict(_entry(query, trusting=may_trust_ids(catalogue, query))) for query in ordered]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(query: Query, *, trusting: bool = True) -> IndexEntry:
    others = [parameter for parameter in query.parameters if not parameter.is_window]
    has_window = len(others) < len(query.parameters)
    return IndexEntry(
        id=query.id,
        command=query.command,
        title=query.title,
        purpose=query.purpose,
        kind=query.kind,
        area=query.area,
        has_window=has_window,
        parameters=tuple(IndexedParameter(one.name, one.type, one.help, one.default) for one in others),
        reads=query.reads,
        shows_sql=any(column.type == "sql" for column in query.columns),
        may_trust_ids=has_window and trusting,
    )


def _stored_entries(path: Path) -> list[IndexEntry]:
    try:
        return [_read_entry(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError):
        from auditctl.catalogue.lock import REMEDY
        from auditctl.catalogue.problems import shown_path

        message = f"{shown_path(path)}:1: the index cannot be read; {REMEDY}"
        raise CatalogueError([message]) from None


def _read_entry(*, parameters: list[dict[str, Any]], reads: list[str], **facts: Any) -> IndexEntry:
    return IndexEntry(
        **facts, parameters=tuple(IndexedParameter(**parameter) for parameter in parameters), reads=tuple(reads)
    )


def _header_entries(path: Path) -> list[IndexEntry]:
    from auditctl.catalogue.files import Folder
    from auditctl.catalogue.problems import Problems
    from auditctl.catalogue.queries import read_query

    entries = []
    folder = Folder(path, Problems())
    for file in folder.query_paths():
        problems = Problems()
        text = folder.read(file)
        read = text and read_query(file, text, "", problems, area=folder.area(file), shipped=False)
        if read and not problems:
            entries.append(_entry(read.query))
    return entries
