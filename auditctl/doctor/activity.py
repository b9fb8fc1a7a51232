"""What the log holds, by its earliest and its latest rows: actions, growth, the last hour and day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from auditctl.catalogue.model import Catalogue
from auditctl.doctor.model import ActionState, Activity, Count, Edge, Growth, Known
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import EXTENDED, ActionRows
from auditctl.source.probes import Slice, count_actions, count_rows, heartbeats, key_since
from auditctl.source.tables import table_specs

EARLIEST: Final = Slice(20_000, newest=False)
LATEST: Final = Slice(100_000)
WHOLE: Final = Slice()
_MOST_RECENT = 100_000
"""Rows of the last hour or day that are counted at most."""


@dataclass(frozen=True, slots=True)
class Samples:
    """The actions of the rows looked at, the commonest first, and the recorder's heartbeats among the latest."""

    earliest: tuple[ActionRows, ...]
    latest: tuple[ActionRows, ...]
    beats: tuple[tuple[str, datetime], ...]
    complete: bool

    @property
    def rows(self) -> int:
        """Rows looked at; where these are all, the latest hold the earliest."""
        return _rows(self.latest) + (0 if self.complete else _rows(self.earliest))

    @property
    def first_rows(self) -> Mapping[str, datetime]:
        """Action -> the time of its first row among those looked at."""
        found: dict[str, datetime] = {}
        for one in (*self.earliest, *self.latest):
            if one.action is not None and one.first_at is not None:
                found[one.action] = min(one.first_at, found.get(one.action, one.first_at))
        return found


def take_samples(source: DatabaseSource, *, exact: bool, beats: bool) -> Samples:
    """Look at the earliest and the latest rows of the log, or at all; `beats` where payloads may be read."""
    rows = WHOLE if exact else LATEST
    latest = count_actions(source, rows)
    complete = exact or _rows(latest) < (LATEST.rows or 0)
    return Samples(
        earliest=() if complete else count_actions(source, EARLIEST),
        latest=latest,
        beats=tuple(heartbeats(source, rows)) if beats else (),
        complete=complete,
    )


def find_activity(
    source: DatabaseSource,
    samples: Samples,
    edges: tuple[Edge, Edge],
    catalogue: Catalogue,
    present: datetime,
) -> Activity:
    """Return what the samples and the last hour and day say of the log, whose first and last row are `edges`."""
    hour, day = _recent(source, edges, present)
    first = min((one.first_at for one in samples.latest if one.first_at), default=None)
    last = max((one.last_at for one in samples.latest if one.last_at), default=None)
    long_enough = first and last and last - first >= timedelta(days=1)
    growth = Growth(_rows(samples.latest), first, last) if first and last and long_enough else None
    extended = source.facts.profile == EXTENDED
    return Activity(
        earliest=_rows(samples.earliest),
        latest=_rows(samples.latest),
        complete=samples.complete,
        first_at=min(samples.first_rows.values(), default=None),
        last_hour=hour,
        last_day=day,
        growth=growth,
        actions=tuple(
            ActionState(one.action, one.rows, _kind(one, catalogue, extended=extended)) for one in samples.latest
        ),
    )


def _recent(source: DatabaseSource, edges: tuple[Edge, Edge], present: datetime) -> list[Count]:
    spec = table_specs()["logs"]
    counts = []
    lowest, highest = edges[0].key, edges[1].key
    for span in (timedelta(hours=1), timedelta(days=1)):
        key = key_since(source, spec, present - span, lowest, highest)
        rows = count_rows(source, spec, since_key=key, most=_MOST_RECENT) if key <= edges[1].key else 0
        counts.append(Count(rows, Known.AT_LEAST if rows == _MOST_RECENT else Known.COUNTED))
        highest = min(key, highest)
    return counts


def _kind(one: ActionRows, catalogue: Catalogue, *, extended: bool) -> str | None:
    if one.action is None:
        return None
    if one.action in catalogue.discriminators:  # its rows are told apart by their payload; all have a rule
        return "by payload"
    rule = catalogue.lookup_action(one.action, extended=extended, own=one.own)
    return rule.kind if rule else None


def _rows(actions: Iterable[ActionRows]) -> int:
    return sum(one.rows for one in actions)
