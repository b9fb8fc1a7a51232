"""What the doctor found, frozen. All times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from auditctl.population.model import Capability
from auditctl.source.interface import SourceFacts


class Known(StrEnum):
    """How a number of rows is known."""

    COUNTED = "counted"
    ESTIMATED = "estimated"
    """By the server, when it last analysed the table."""
    AT_MOST = "at_most"
    """As many as there are ids from the lowest to the highest."""
    AT_LEAST = "at_least"
    """Counting stopped there."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows, and how it is known."""

    rows: int
    known: Known


@dataclass(frozen=True, slots=True)
class Edge:
    """The row with the lowest or the highest key; `at` is None where the row or the table has no time."""

    key: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TableState:
    """One table that could be looked at."""

    name: str
    rows: Count
    bytes: int | None
    """With its indexes; None where the database does not say."""
    lowest: Edge | None
    highest: Edge | None
    analysed: bool
    """Whether the server has an estimate of its rows."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A table that could not be looked at, or not in full: `columns` are those that are not granted."""

    table: str
    columns: tuple[str, ...]
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ActionState:
    """An action among the rows looked at; `kind` is None where actions.toml does not know it."""

    action: str | None
    rows: int
    kind: str | None


@dataclass(frozen=True, slots=True)
class Growth:
    """Rows that came between two moments, at least a day apart."""

    rows: int
    since: datetime
    until: datetime

    @property
    def per_day(self) -> float:
        """Rows in 24 hours."""
        return self.rows / ((self.until - self.since).total_seconds() / 86_400)


@dataclass(frozen=True, slots=True)
class Activity:
    """What the log holds, by its earliest and its latest rows."""

    earliest: int
    """Rows looked at from the lowest id on."""
    latest: int
    """Rows looked at up to the highest id; actions and growth are of these."""
    complete: bool
    """Whether these are all rows of the log."""
    first_at: datetime | None
    """The first time among the rows looked at."""
    last_hour: Count
    last_day: Count
    growth: Growth | None
    """None where the latest rows are of less than a day."""
    actions: tuple[ActionState, ...]
    """The commonest first."""

    @property
    def unmapped(self) -> tuple[ActionState, ...]:
        """Actions that actions.toml does not know."""
        return tuple(action for action in self.actions if action.kind is None)


@dataclass(frozen=True, slots=True)
class CapabilityState:
    """A capability; `at_least` where its first row may be older than the rows looked at."""

    capability: Capability
    at_least: bool


@dataclass(frozen=True, slots=True)
class Months:
    """Calendar months of UTC that are over, each by its first day, the earliest first."""

    looked_at: tuple[date, ...]
    """Of the last 12, those from the first row on."""
    empty: tuple[date, ...]
    """Those of which the log has no row."""
    silent: tuple[date, ...]
    """Those of which it has heartbeats of the recorder, and no other row."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the log reaches back, held against one requirement; `short` is None where no answer can be given."""

    requirement: str
    asks: str
    sentence: str
    short: bool | None


@dataclass(frozen=True, slots=True)
class Retention:
    """How far the log reaches back, and what may be missing before."""

    since: datetime | None
    before: str
    """What can be said of the time before the first row."""
    months: Months
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """Ids of a table that are absent: below its lowest, and between its lowest and highest where that is known."""

    table: str
    below: int
    between: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class IndexAdvice:
    """Which indexes `logs` has beside its key, and which one would help; `sql` is None where none would."""

    present: tuple[tuple[str, ...], ...]
    sentence: str
    sql: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to act on: a stable code, what is the matter, and what to do."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was found."""

    where: str
    """The account and the address, or the path; never a password."""
    facts: SourceFacts
    present: datetime
    exact: bool
    bytes: int
    findings: tuple[Finding, ...]
    tables: tuple[TableState, ...]
    unread: tuple[Unread, ...]
    activity: Activity | None
    """None where the log has no row, or could not be looked at."""
    capabilities: tuple[CapabilityState, ...]
    retention: Retention
    absences: tuple[Absence, ...]
    indexes: IndexAdvice | None
    """None where the log could not be looked at."""
