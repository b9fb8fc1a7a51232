"""Look for the row of an act, again and again, until it is there or the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from auditctl.canary.acts import Act
from auditctl.source.database import DatabaseSource
from auditctl.source.probes import Slice, heartbeats
from auditctl.source.sought import Sought, find_text, newest_key

_PAUSE: Final = 0.5
"""Seconds between two looks at least; where a look takes long, as of a large SQLite file, twice what it took."""
_BEFORE: Final = 10_000
"""Keys below the newest that are looked at too: some databases give keys out of the order of time."""
_BEATS_IN: Final = 2_000
"""The latest rows that are looked at for a heartbeat."""
_FRESH: Final = timedelta(minutes=15)
"""How old the last heartbeat of a recorder that runs may be; it sends one every five minutes."""

Opening = Callable[[], AbstractContextManager[Sequence[DatabaseSource]]]
"""Opens the sources anew, at read points of now."""


@dataclass(frozen=True, slots=True)
class Found:
    """The row of an act, and after how many seconds it was seen."""

    alias: str
    row: Sought
    after: float


def before(opening: Opening) -> Sequence[int]:
    """Return, per source, the key from which on the row of an act that is still to come is looked for.

    Raises:
        SourceError: the source cannot be read, or has no log.
    """
    with opening() as sources:
        return [max(0, newest_key(source) - _BEFORE) for source in sources]


def search(opening: Opening, act: Act, since_keys: Sequence[int], within: float) -> Sequence[Found | None]:
    """Return, per source, the row of an act that was just done; None where it was not there after `within` seconds.

    Raises:
        SourceError: the source failed.
    """
    began = time.monotonic()
    found: list[Found | None] = [None for _ in since_keys]
    while True:
        looked = time.monotonic()
        with opening() as sources:
            for at, source in enumerate(sources):
                row = None if found[at] else find_text(source, act.token, (act.action,), since_keys[at])
                if row is not None:
                    found[at] = Found(source.facts.alias, row, time.monotonic() - began)
        now = time.monotonic()
        if all(found) or now - began >= within:
            return found
        time.sleep(min(max(_PAUSE, 2 * (now - looked)), began + within - now))


def last_beats(sources: Sequence[DatabaseSource]) -> Mapping[str, datetime]:
    """Return the kinds that a recorder says it records -> its last heartbeat that says so, aware UTC."""
    beats = [
        beat
        for source in sources
        if {"id", "action", "dttm", "json"} <= set(source.facts.tables.get("logs", ()))
        for beat in heartbeats(source, Slice(_BEATS_IN))
    ]
    return dict(sorted(beats, key=lambda beat: beat[1]))


def is_fresh(beat: datetime | None) -> bool:
    """Whether a recorder whose last heartbeat this is runs."""
    return beat is not None and datetime.now(UTC) - beat <= _FRESH
