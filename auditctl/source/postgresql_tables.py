"""Where Superset's tables are in a PostgreSQL database, and that they stay what they were at the read point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import literal, select, table, text, union_all
from sqlalchemy.engine import Connection

from auditctl.errors import SourceError
from auditctl.source.tables import table_specs
from auditctl.text import show

_COLUMNS = """
SELECT n.nspname AS schema, c.relname AS name, a.attname AS "column", n.nspname = ANY(:path) AS on_path,
    c.relkind NOT IN ('r', 'p') AS is_view, row_security_active(c.oid) AS hidden,
    has_schema_privilege(n.oid, 'USAGE') AS reachable, has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY(:names)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
ORDER BY array_position(:path, n.nspname), n.nspname, c.relname, a.attnum
"""
# The first number is of the read point, the second of now: TRUNCATE, and what rewrites a table, leave no old rows for
# those who look at an old state.
_REWRITTEN = """
WITH RECURSIVE parts AS (
    SELECT c.oid, c.relname AS name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = ANY(:names) AND c.relkind IN ('r', 'p')
    UNION
    SELECT i.inhrelid, p.name FROM parts p JOIN pg_inherits i ON i.inhparent = p.oid
)
SELECT DISTINCT p.name
FROM parts p
JOIN pg_class c ON c.oid = p.oid
WHERE c.relkind = 'r' AND c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid)
ORDER BY p.name
"""
# What a Superset always has: a schema on the search path with less is taken only where there is no other.
_WHOLE = {"logs", "ab_user", "alembic_version"}


@dataclass(frozen=True, slots=True)
class Found:
    """The tables that can be read."""

    schema: str | None
    """None where there are none."""
    tables: Mapping[str, tuple[str, ...]]
    """Table -> its columns."""
    denied: Mapping[str, Sequence[str]]
    """Table -> columns that the role may not read."""
    views: tuple[str, ...]
    """Those that are no tables."""
    hidden: frozenset[str]
    """Those that row-level security keeps rows of from the role."""


def find_tables(connection: Connection, path: Sequence[str], where: str) -> Found:
    """Find the schema of Superset's tables: on the search path, or else the only one.

    Raises:
        SourceError: several schemas may be meant, or the role may not use the one.
    """
    names = list(table_specs())
    rows = connection.execute(text(_COLUMNS), {"names": names, "path": list(path)}).all()
    schemas: dict[str, set[str]] = {}
    for row in rows:
        schemas.setdefault(row.schema, set()).add(row.name)
    candidates = [schema for schema, has in schemas.items() if has & {"logs", "ab_user"}]
    whole = [schema for schema in path if schemas.get(schema, set()) >= _WHOLE]
    chosen = whole[:1] or candidates
    if len(chosen) > 1:
        raise SourceError(
            f"{where} has Superset tables in {len(chosen)} schemas: {', '.join(map(show, sorted(chosen)))}",
            hint="Say which: ALTER ROLE ... SET search_path = SCHEMA, or add"
            " ?options=-csearch_path%3DSCHEMA to the URL",
        )
    if not chosen:
        return Found(None, {}, {}, (), frozenset())
    (schema,) = chosen
    tables: dict[str, list[str]] = {}
    denied: dict[str, list[str]] = {}
    own = [row for row in rows if row.schema == schema]
    if not all(row.reachable for row in own):
        raise SourceError(
            f"{where} may not use the schema {show(schema)}",
            hint=f"Run what auditctl grants prints, or GRANT USAGE ON SCHEMA {show(schema)}",
        )
    for row in own:
        tables.setdefault(row.name, []).append(row.column)
        if not row.readable:
            denied.setdefault(row.name, []).append(row.column)
    return Found(
        schema,
        {name: tuple(columns) for name, columns in tables.items()},
        denied,
        tuple(dict.fromkeys(row.name for row in own if row.is_view)),
        frozenset(row.name for row in own if row.hidden),
    )


def hold_tables(connection: Connection, found: Found, where: str) -> None:
    """Keep the tables from being rewritten until the transaction ends, and make sure that none was since it began.

    Raises:
        SourceError: one was; its rows of the read point are gone.
    """
    # Reading takes the lock; LOCK TABLE would ask for more than rights on columns. What is hidden cannot be read.
    held = [
        name
        for name, columns in found.tables.items()
        if name not in found.hidden and len(found.denied.get(name, ())) < len(columns)
    ]
    if held:
        reads = [select(literal(1)).select_from(table(name, schema=found.schema)).limit(0) for name in held]
        connection.execute(union_all(*reads)).close()
    rewritten = connection.execute(text(_REWRITTEN), {"schema": found.schema, "names": held}).scalars().all()
    if rewritten:
        raise SourceError(
            f"{where}: {', '.join(rewritten)} was emptied or rewritten while it was opened", hint="Run it again"
        )
