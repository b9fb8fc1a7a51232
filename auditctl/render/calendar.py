"""The days of a report's period as calendar pages: how many rows the log holds for each, and what begins or ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import starmap
from zoneinfo import ZoneInfo

from auditctl.population.model import Population
from auditctl.render.contents import PackContents
from auditctl.run.evidence import Evidence

_COVERAGE = "log_coverage"
_RETENTION = "retention"
_SHADES = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the period; `shade` is 0 without a row, else 1 to 4 by quarters of the busiest day."""

    number: int
    rows: int
    """Rows of the log, without heartbeats of the recorder: those say that it ran, not that anybody worked."""
    shade: int
    state: str
    """held, silent (a business day without a row, over and held), not-held (the log does not reach back)."""
    changes: bool
    """Whether something begins or ends to be held on it."""

    @property
    def count(self) -> str:
        """The rows, short enough for a small cell."""
        if self.rows < 10_000:
            return str(self.rows)
        return f"{self.rows // 1000}k" if self.rows < 10_000_000 else f"{self.rows // 1_000_000}M"


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar page: weeks from Monday; None is a day outside the period."""

    title: str
    weeks: tuple[tuple[Day | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """An instant within the period at which something begins or ends to be held."""

    at: datetime
    begins: bool
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How far back a table reaches, as the query on retention reads it."""

    table: str
    rows: int
    first_at: datetime | None
    """UTC, as `last_at`; None where no row has a time."""
    last_at: datetime | None
    empty_months: int
    """Months without a row between the two."""
    empty_spans: str | None
    """Which those are."""
    words: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the section on coverage by day shows."""

    months: tuple[Month, ...]
    changes: tuple[Change, ...]
    busiest: int
    silent: tuple[date, ...]
    not_held: int
    """Days of the period before the log's first surviving row."""
    readings: tuple[Reading, ...]
    """Empty where the report does not ask how far back its tables reach."""


def calendar_of(contents: PackContents) -> Calendar | None:
    """Return the calendar of a report, in its zone; None where its framework does not ask for coverage by day."""
    evidence = contents.evidence.get(_COVERAGE)
    if evidence is None or not evidence.rows:
        return None
    changes = tuple(_changes(contents.population))
    zone = ZoneInfo(contents.period.zone)
    changing = {change.at.astimezone(zone).date() for change in changes}
    days = dict(_days(evidence, changing))
    return Calendar(
        months=tuple(_months(days)),
        changes=changes,
        busiest=max(day.rows for day in days.values()),
        silent=tuple(at for at, day in days.items() if day.state == "silent"),
        not_held=sum(day.state == "not-held" for day in days.values()),
        readings=tuple(_readings(contents.evidence.values())),
    )


def _days(evidence: Evidence, changing: set[date]) -> Iterator[tuple[date, Day]]:
    names = ("day", "log_rows", "heartbeats", "held", "flag_reason")
    records = [
        (at, rows - heartbeats, held, reason)
        for batch in evidence.all_rows().batches()
        for at, rows, heartbeats, held, reason in zip(*(batch.column(name).to_pylist() for name in names), strict=True)
    ]
    busiest = max(rows for _, rows, _, _ in records)
    for at, rows, held, reason in records:
        state = "silent" if reason is not None else "held" if held or rows else "not-held"
        shade = -(-_SHADES * rows // busiest) if rows else 0
        yield at, Day(at.day, rows, shade, state, at in changing)


def _readings(found: Iterable[Evidence]) -> Iterator[Reading]:
    names = ("table_name", "rows", "first_at", "last_at", "empty_months", "empty_spans", "reading", "flagged")
    for evidence in found:
        if evidence.query.id == _RETENTION:
            for batch in evidence.all_rows().batches():
                yield from starmap(Reading, zip(*(batch.column(name).to_pylist() for name in names), strict=True))
            return


def _months(days: Mapping[date, Day]) -> Iterator[Month]:
    for year, month in dict.fromkeys((at.year, at.month) for at in days):
        first = date(year, month, 1)
        monday = first - first.weekday() * _DAY
        weeks = []
        while (monday.year, monday.month) <= (year, month):
            week = [monday + number * _DAY for number in range(7)]
            weeks.append(tuple(days.get(at) if at.month == month else None for at in week))
            monday += 7 * _DAY
        yield Month(f"{first:%B %Y}", tuple(week for week in weeks if any(week)))


def _changes(population: Population) -> Iterator[Change]:
    """Yield, in order, the instants within the period at which capabilities begin or end to be held."""
    since, until = population.period.since, population.cut_off
    found: dict[tuple[datetime, bool], list[str]] = {}
    for capability in population.capabilities.values():
        for span in capability.held:
            for at, begins in ((span.since, True), (span.until, False)):
                if since < at < until:
                    found.setdefault((at, begins), []).append(capability.title)
    for (at, begins), titles in sorted(found.items()):
        yield Change(at, begins, tuple(sorted(titles)))
