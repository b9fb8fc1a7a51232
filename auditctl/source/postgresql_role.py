"""What the account that reads a PostgreSQL database could do to the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, Row

from auditctl.source.interface import Role

# Every role that SET ROLE reaches, also where NOINHERIT keeps its rights out of sight.
_ROLES = """
SELECT r.rolname AS name, r.rolname = current_user AS own, r.rolsuper AS superuser,
    r.rolcreaterole AND current_setting('server_version_num')::int < 160000 AS makes_roles,
    c.relowner = r.oid AS owns, n.nspowner = r.oid AND n.nspowner <> c.relowner AS owns_schema,
    ARRAY(
        SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) WITH ORDINALITY AS t(p, o)
        WHERE has_table_privilege(r.oid, c.oid, p) ORDER BY o
    ) AS privileges,
    ARRAY(
        SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE']) WITH ORDINALITY AS t(p, o)
        WHERE has_any_column_privilege(r.oid, c.oid, p) AND NOT has_table_privilege(r.oid, c.oid, p) ORDER BY o
    ) AS column_privileges
FROM pg_roles r
CROSS JOIN pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = 'logs' AND pg_has_role(current_user, r.oid, 'MEMBER')
ORDER BY r.rolname <> current_user, r.rolname
"""
# They reach the files of the server, and so the table behind its back.
_FILE_ROLES = {"pg_execute_server_program", "pg_write_server_files"}


def find_role(connection: Connection, schema: str, name: str) -> Role:
    """Return the current role and every way in which it may modify `logs` of `schema`."""
    roles = connection.execute(text(_ROLES), {"schema": schema}).all()
    for role in roles:
        if role.own and (role.superuser or role.owns):  # what else it may, adds nothing
            return Role(name, tuple(_powers(role)))
    return Role(name, tuple(power for role in roles for power in _powers(role)))


def _powers(role: Row[Any]) -> Iterator[str]:
    through = "" if role.own else f" through the role {role.name}"
    if role.superuser:
        yield f"superuser{through}"
    elif role.owns:
        yield f"owner of logs{through}"
    else:
        if role.owns_schema:
            yield f"owner of the schema{through}"
        if role.privileges:
            yield f"{', '.join(role.privileges)} on logs{through}"
        if role.column_privileges:
            yield f"{', '.join(role.column_privileges)} of columns of logs{through}"
    if role.makes_roles and not role.superuser:
        yield f"CREATEROLE{through}"
    if role.name in _FILE_ROLES:
        yield f"files of the server{through}"
