"""What the account that reads a PostgreSQL database could do to the log, and to the other tables that are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, Row

from auditctl.source.interface import Role
from auditctl.source.tables import table_specs

# Every role that SET ROLE or RESET ROLE reaches, also where NOINHERIT keeps its rights out of sight; and every relation
# through which rows of a table can be changed: its partitions and parents, and the views on it.
_RIGHTS = """
WITH RECURSIVE targets AS (
    SELECT c.oid, c.relname AS base, c.relname::text AS shown
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = ANY(:names)
    UNION
    SELECT near.oid, t.base, near.shown
    FROM targets t
    CROSS JOIN LATERAL (
        SELECT i.inhrelid AS oid, 'a part of ' || t.base AS shown FROM pg_inherits i WHERE i.inhparent = t.oid
        UNION ALL
        SELECT i.inhparent, 'the whole of ' || t.base FROM pg_inherits i WHERE i.inhrelid = t.oid
        UNION ALL
        SELECT w.ev_class, 'a view of ' || t.base
        FROM pg_depend d
        JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> t.oid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
    ) AS near
),
reached AS (
    SELECT r.oid, r.rolname, r.rolname = current_user AS own
    FROM pg_roles r
    WHERE pg_has_role(current_user, r.oid, 'MEMBER') OR pg_has_role(session_user, r.oid, 'MEMBER')
)
SELECT r.rolname AS name, r.own, t.base, t.shown, c.relowner = r.oid AS owns,
    ARRAY(
        SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) WITH ORDINALITY AS a(p, o)
        WHERE has_table_privilege(r.oid, c.oid, p) ORDER BY o
    ) AS privileges,
    ARRAY(
        SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE']) WITH ORDINALITY AS a(p, o)
        WHERE has_any_column_privilege(r.oid, c.oid, p) AND NOT has_table_privilege(r.oid, c.oid, p) ORDER BY o
    ) AS column_privileges
FROM reached r
CROSS JOIN targets t
JOIN pg_class c ON c.oid = t.oid
ORDER BY NOT r.own, r.rolname, t.base <> 'logs', t.base, t.shown <> t.base, t.shown
"""
_ROLES = """
SELECT r.rolname AS name, r.rolname = current_user AS own, r.rolsuper AS superuser,
    r.rolcreaterole AND current_setting('server_version_num')::int < 160000 AS makes_roles,
    EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = :schema AND n.nspowner = r.oid) AS owns_schema,
    EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = r.oid) AS owns_database
FROM pg_roles r
WHERE pg_has_role(current_user, r.oid, 'MEMBER') OR pg_has_role(session_user, r.oid, 'MEMBER')
ORDER BY r.rolname <> current_user, r.rolname
"""
_FUNCTIONS = """
SELECT n.nspname || '.' || p.proname AS name
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_namespace s ON s.nspname = :schema
JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = 'logs'
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND has_function_privilege(p.oid, 'EXECUTE') AND has_table_privilege(p.proowner, c.oid, 'INSERT, UPDATE, DELETE')
ORDER BY 1
"""
# They reach the files of the server, and so the tables behind its back.
_FILE_ROLES = {"pg_execute_server_program", "pg_write_server_files"}
_NAMED = 3


def find_role(connection: Connection, schema: str) -> Role:
    """Return the role that reads, with every way in which it may modify `logs` or another table of `schema`."""
    name: str = connection.execute(text("SELECT current_user")).scalar_one()
    roles = connection.execute(text(_ROLES), {"schema": schema}).all()
    rights = connection.execute(text(_RIGHTS), {"schema": schema, "names": list(table_specs())}).all()
    mine = next((role for role in roles if role.own), None)
    if mine is not None and mine.superuser:
        return Role(name, ("superuser",))
    if any(right.own and right.owns and right.shown == "logs" for right in rights):  # what else it may, adds nothing
        return Role(name, ("owner of logs",))
    everything = [power for role in roles for power in _attributes(role)]
    log = [power for right in rights if right.base == "logs" for power in _powers(right)]
    others = [power for right in rights if right.base != "logs" for power in _powers(right)]
    return Role(name, tuple(dict.fromkeys([*log, *everything])), tuple(dict.fromkeys(others)))


def find_functions(connection: Connection, schema: str) -> Sequence[str]:
    """Return functions that the role may run with the rights of an owner who may modify the log."""
    return connection.execute(text(_FUNCTIONS), {"schema": schema}).scalars().all()


def _attributes(role: Row[Any]) -> Iterator[str]:
    through = "" if role.own else f" through the role {role.name}"
    if role.superuser:
        yield f"superuser{through}"
        return
    if role.owns_schema or role.owns_database:
        yield f"owner of the {'schema' if role.owns_schema else 'database'}{through}"
    if role.makes_roles:
        yield f"CREATEROLE{through}"
    if role.name in _FILE_ROLES:
        yield f"files of the server{through}"


def _powers(right: Row[Any]) -> Iterator[str]:
    through = "" if right.own else f" through the role {right.name}"
    if right.owns and right.shown == right.base:
        yield f"owner of {right.shown}{through}"
        return
    if right.privileges:
        yield f"{', '.join(right.privileges)} on {right.shown}{through}"
    if right.column_privileges:
        yield f"{', '.join(right.column_privileges)} of columns of {right.shown}{through}"
