"""Declared scopes: their entries as rows, and what a reader should know of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from auditctl.errors import SettingsError
from auditctl.population.asked import ASKED
from auditctl.population.model import Assertion
from auditctl.population.relations import RelationWriter
from auditctl.settings import SCOPE_LISTS, Scope, Settings
from auditctl.text import show

_SCOPE_ENTRIES = pa.schema([("scope", pa.string()), ("list", pa.string()), ("entry", pa.string())])

_UNKNOWN_TABLES = """
SELECT scope, entry FROM raw.scope_entries WHERE list = 'tables'
EXCEPT
SELECT scope, entry FROM scope_tables
ORDER BY scope, entry
"""
_GONE = """
SELECT DISTINCT scope, object_type, object_id FROM scope_objects
WHERE via = 'declared' AND name = object_id || ' (no longer there)'
ORDER BY scope, object_type, object_id
"""
# Virtual datasets whose SQL may name what is declared: it is not understood.
_UNREAD_DATASETS = """
SELECT e.scope, string_agg(DISTINCT t.table_name, ', ' ORDER BY t.table_name)
FROM raw.scope_entries AS e
INNER JOIN raw.tables AS t ON e.list IN ('tables', 'schemas')
INNER JOIN raw.sql_digests AS k ON k.plain_sha256 = sha256(t.sql)
INNER JOIN sql_facts AS f ON f.sql_sha256 = k.sql_sha256 AND NOT f.parsed
WHERE NOT EXISTS (
    FROM scope_objects AS o
    WHERE o.scope = e.scope AND o.object_type = 'dataset' AND o.object_id = CAST(t.id AS VARCHAR)
)
GROUP BY e.scope
ORDER BY e.scope
"""
# Other connections to the databases that hold what is declared, and those of which it cannot be told.
_SAME_DATABASES = """
SELECT h.scope, string_agg(DISTINCT b.database_name, ', ' ORDER BY b.database_name)
FROM (
    SELECT scope, database_id FROM scope_tables
    UNION
    SELECT scope, CAST(object_id AS BIGINT) FROM scope_objects WHERE object_type = 'database'
    UNION
    SELECT o.scope, s.database_id
    FROM scope_objects AS o
    INNER JOIN state AS s ON s.object_type = 'dataset' AND o.object_type = 'dataset' AND s.object_id = o.object_id
) AS h
INNER JOIN connections AS a ON a.database_id = h.database_id
INNER JOIN connections AS b ON b.place_id = a.place_id
GROUP BY h.scope, a.place_id
HAVING count(DISTINCT b.database_id) > 1
ORDER BY h.scope, a.place_id
"""
_UNPLACED = """
SELECT string_agg(database_name, ', ' ORDER BY database_name)
FROM connections
WHERE place_id IS NULL AND (SELECT count(*) FROM connections) > 1 AND EXISTS (FROM scope_objects)
HAVING count(*) > 0
"""


def scope_entries(scopes: Iterable[Scope]) -> pa.Table:
    """Return what scopes name, an entry a row."""
    rows = [
        {"scope": scope.name, "list": name, "entry": str(entry)}
        for scope in scopes
        for name in (*SCOPE_LISTS, "permitted")
        for entry in getattr(scope, name)
    ]
    return pa.Table.from_pylist(rows, schema=_SCOPE_ENTRIES)


def assertions(scopes: Iterable[Scope]) -> dict[str, Assertion]:
    """Return of each scope of which there is nothing here, by its capability, what management states."""
    return {
        f"scope_{scope.name}": Assertion(_assertion(scope), scope.stated_on)
        for scope in scopes
        if scope.none and scope.stated_on is not None
    }


def _assertion(scope: Scope) -> str:
    return (
        f"Management asserts that there is nothing of the scope {scope.name} here, and auditctl cannot check it:"
        f' "{scope.reason}" Stated by {scope.stated_by} on {scope.stated_on}.'
    )


def check_scopes(writer: RelationWriter, settings: Settings) -> None:
    """Refuse an entry that matches nothing: a misspelt dashboard must not read as "nobody opened it".

    Raises:
        SettingsError: every such entry; of tables none, for a statement may name one tomorrow.
    """
    if "scope_objects" not in writer.files:
        return
    declared = "SELECT scope, object_type || 's', entry FROM scope_objects WHERE via = 'declared'"
    found = set(writer.rows(declared))
    problems = [
        f"{settings.where('scope', scope.name, name)}: scope.{scope.name}.{name}: '{show(entry)}' matches nothing in"
        " this source; mend or remove it"
        for scope in settings.scopes
        for name in SCOPE_LISTS
        if name != "tables"
        for entry in getattr(scope, name)
        if (scope.name, name, str(entry)) not in found
    ]
    if problems:
        raise SettingsError(problems)


def scope_notes(writer: RelationWriter) -> Iterator[str]:
    """Yield what a reader should know of declared scopes, one sentence each."""
    if "scope_objects" not in writer.files:
        return
    for scope, entry in writer.rows(_UNKNOWN_TABLES):
        yield (
            f"scope.{scope}: no dataset is built on table '{show(entry)}', and no statement that was read names it:"
            " unused, or misspelt."
        )
    for scope, kind, gone in writer.rows(_GONE):
        yield f"scope.{scope}: {kind} {gone} is no longer there; acts on it are found by its id, what it held is not."
    for scope, names in writer.rows(_UNREAD_DATASETS):
        what = "is asked for" if scope == ASKED else f"scope.{scope} declares"
        yield (
            f"The SQL of these datasets could not be parsed, so whether they read what {what} cannot be told:"
            f" {show(names, 500)}."
        )
    for scope, names in writer.rows(_SAME_DATABASES):
        prefix = "" if scope == ASKED else f"scope.{scope}: "
        yield (
            f"{prefix}By backend, host and database in their URIs these connections lead to the same database, and what"
            f" goes through any of them counts: {show(names, 500)}."
        )
    for (names,) in writer.rows(_UNPLACED):
        yield (
            "Whether these connections lead to the same database as another cannot be told, for their URIs name no"
            f" host: {show(names, 500)}."
        )
