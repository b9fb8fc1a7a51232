"""The rows of an earlier pack's time, counted again: those that came late, and those that are gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditctl.source.interface import Keys, Source, Window
from auditctl.source.tables import table_specs

_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EarlierRead:
    """What an earlier pack read of the log of one source: `since` inclusive, `until` exclusive, aware UTC."""

    since: datetime
    until: datetime
    rows: int
    highest: int | None
    """The highest id of the whole log then; None where ids are no numbers, or there was no row."""


@dataclass(frozen=True, slots=True)
class Recount:
    """The rows of that time, then and at the read point of this run."""

    source_id: str
    alias: str
    since: datetime
    until: datetime
    then: int
    now: int
    after: int
    """Those of now whose ids are above the highest that was there then."""
    lowest: int | None
    """The lowest id of these; None where there is none."""
    highest: int | None

    def follows(self, earlier: EarlierRead | None) -> bool:
        """Whether it is of this earlier read."""
        return earlier is not None and (earlier.since, earlier.until, earlier.rows) == (
            self.since,
            self.until,
            self.then,
        )

    @property
    def passed(self) -> int:
        """At least so many more came with lower ids: they were given before that read, and committed after it."""
        return max(0, self.now - self.then - self.after)

    @property
    def gone(self) -> int:
        """At least so many of then are no longer there."""
        return max(0, self.then + self.after - self.now)

    @property
    def late(self) -> int:
        """At least so many came after that read, with a time before its end."""
        return self.after + self.passed

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        said = (
            f"Rows of the log of {self.alias} from {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC,"
            f" counted again: {self.then:,} when the previous pack was read, {self.now:,} now."
        )
        if self.after:
            said += (
                f" Came late, with ids from {self.lowest} to {self.highest}, which were not given then: {self.after:,}."
            )
        if self.passed:
            said += f" Came late, committed after that read with ids given before it: {self.passed:,} at least."
        if self.gone:
            said += f" No longer there: {self.gone:,} at least."
        return said if self.late or self.gone else f"{said} None came late, and none is gone."


def recount(source: Source, earlier: EarlierRead) -> Recount:
    """Count the rows of an earlier read's time again, at the read point of `source`.

    Raises:
        SourceError: the source failed.
    """
    logs = table_specs()["logs"]
    window = Window(earlier.since, earlier.until)
    now = source.count(logs, window)
    after = None
    if earlier.highest is not None:
        after = source.count(logs, Window(earlier.since, earlier.until, Keys(earlier.highest + 1, _HIGHEST)))
    return Recount(
        source_id=source.facts.source_id,
        alias=source.facts.alias,
        since=earlier.since,
        until=earlier.until,
        then=earlier.rows,
        now=now.counted,
        after=after.counted if after else 0,
        lowest=after.lowest if after else None,
        highest=after.highest if after else None,
    )
