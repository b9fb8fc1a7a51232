"""Whether pruning shows: ids that are absent from a table."""

from __future__ import annotations

from typing import Final

from auditctl.doctor.model import Absence, Known, TableState

_REASONS: Final = "removed, or never given (rolled-back inserts, sequence caches, auto_increment_increment)"


def find_absence(table: TableState, dialect: str) -> Absence | None:
    """Return which ids are absent; None for a table without rows."""
    if table.lowest is None or table.highest is None:
        return None
    below = max(0, table.lowest.key - 1)
    ids = table.highest.key - table.lowest.key + 1
    # An estimate is easily some per cent off: it shows no row that is missing.
    between = max(0, ids - table.rows.rows) if table.rows.known is Known.COUNTED else None
    parts = [_below(table.name, below), _between(between, ids)]
    if dialect == "sqlite":
        parts.append("SQLite gives ids again, so neither shows what was removed.")
    return Absence(table.name, below, between, " ".join(parts))


def _below(name: str, below: int) -> str:
    if not below:
        return f"{name} begins at id 1."
    ids = "Id 1 is" if below == 1 else f"Ids 1 to {below:,} are"
    return f"{ids} absent from {name}: removed, or they never were."


def _between(between: int | None, ids: int) -> str:
    if between is None:
        return f"Whether any of the {ids:,} ids from there is absent takes a count: --exact."
    if not between:
        return f"Of the {ids:,} ids from there none is absent."
    share = f"{between:,} ({between / ids:.1%})"
    return f"Of the {ids:,} ids from there {share} are absent: {_REASONS}."
