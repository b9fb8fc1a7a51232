"""One value as people read it, and as machines read it."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

from auditctl.catalogue.model import Column, ColumnType

_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DURATION_MS})


def is_number(column: Column) -> bool:
    """Return whether the values of a column are aligned to the right."""
    return column.type in _NUMBERS


def format_value(value: object, column: Column) -> str:
    """Return a value of a result as people read it; the text is not yet safe to show.

    NULL is the empty text; times are UTC to the second, the zone being said in the column's head; decimals are rounded
    to two places, so that they line up. The files of a pack hold every value in full.
    """
    if value is None:
        return ""
    match column.type:
        case ColumnType.DATETIME if isinstance(value, datetime):
            return value.isoformat(sep=" ", timespec="seconds")
        case ColumnType.BOOLEAN:
            return "yes" if value else "no"
        case ColumnType.DURATION_MS if isinstance(value, int):
            return f"{value:,} ms"
        case ColumnType.DECIMAL if isinstance(value, float):
            return f"{value:.2f}"
    return str(value)


def exact_value(value: object) -> object:
    """Return a value for JSON without loss; times as UTC with microseconds, numbers that JSON lacks as their names."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def as_utc(moment: datetime) -> datetime:
    """Return the moment as aware UTC; a naive one is UTC already, as in every result and parameter."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def instant(moment: datetime) -> str:
    """Return a moment for machines: `2026-07-01T09:30:05.123456Z`."""
    return as_utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
