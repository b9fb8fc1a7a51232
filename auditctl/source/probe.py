"""What a connected database is: which Superset wrote it, and whether it is one at all."""

from __future__ import annotations

from collections.abc import Mapping

from auditctl.errors import SourceError

# The newest migration of every release from 3.0 on: the one that no other migration of its package builds on. The same
# was found in databases that 3.1.3, 4.1.4, 5.0.0 and 6.1.0 wrote.
_RELEASES = {
    "ec54aca4c8a2": "3.0.0",
    "4b85906e5b91": "3.0.1 to 3.0.4",
    "b7851ee5522f": "3.1.0 to 3.1.3",
    "17fcea065655": "4.0.0 to 4.0.2",
    "48cbb571fa3a": "4.1.0 to 4.1.4",
    "74ad1125881c": "5.0.0",
    "c233f5365c9e": "6.0.0",
    "4b2a8c9d3e1f": "6.1.0",
}


def superset_release(revision: str | None) -> str | None:
    """Return the release, or the releases, whose newest migration is `revision`; None where it is not known."""
    return _RELEASES.get(revision or "")


def require_superset(tables: Mapping[str, tuple[str, ...]], where: str) -> None:
    """Refuse a database that is not a Superset's metadata database.

    A missing table or column is a missing capability, so little is asked: a `logs` table with an action, or accounts
    and dashboards.

    Raises:
        SourceError: neither is there.
    """
    has_log = {"id", "action"} <= set(tables.get("logs", ()))
    if has_log or ("ab_user" in tables and "dashboards" in tables):
        return
    found = ", ".join(sorted(tables)[:5]) or "no tables"
    raise SourceError(
        f"{where} is not a Superset metadata database: it has no table logs with an action (found: {found})",
        hint="Give the database of SQLALCHEMY_DATABASE_URI in superset_config.py",
    )
