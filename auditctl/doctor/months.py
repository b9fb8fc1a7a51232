"""In which of the last 12 months the log has no row: its first row alone does not show that they were kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise

from auditctl.doctor.model import Edge, Months
from auditctl.source.database import DatabaseSource
from auditctl.source.probes import holds_acts, key_since
from auditctl.source.tables import table_specs


def find_months(
    source: DatabaseSource, edges: tuple[Edge, Edge], since: datetime, present: datetime, *, actions: bool
) -> Months:
    """Look for rows of each month, by bisecting the ids; right where they are in order of time.

    Args:
        source: An open source whose ids and times of the log may be read.
        edges: The rows of the lowest and the highest id.
        since: The time of the first row, aware UTC: months before its own are left out.
        present: The present, aware UTC: its own month is left out, as it is not over.
        actions: Whether actions may be read, so that heartbeats can be told from other rows.
    """
    starts = list(_starts(since, present))
    spec = table_specs()["logs"]
    low, highest = edges[0].key, edges[1].key
    keys = []
    for start in starts:
        low = key_since(source, spec, datetime(start.year, start.month, 1, tzinfo=UTC), low, highest)
        keys.append(low)
    spans = list(zip(starts, pairwise(keys), strict=False))
    return Months(
        looked_at=tuple(starts[:-1]),
        empty=tuple(month for month, (first, end) in spans if first == end),
        silent=tuple(
            month for month, (first, end) in spans if first < end and actions and not holds_acts(source, first, end)
        ),
    )


def _starts(since: datetime, present: datetime) -> Iterator[date]:
    """Yield the first days of the months to look at, and that of the present month."""
    last = _ordinal(present)
    for month in range(max(_ordinal(since), last - 12), last + 1):
        yield date(month // 12, month % 12 + 1, 1)


def _ordinal(moment: date) -> int:
    return moment.year * 12 + moment.month - 1
