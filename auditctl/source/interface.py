"""What every source offers: facts about itself, and columns of its tables at one read point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pyarrow as pa

from auditctl.source.tables import TableSpec

EXTENDED = "extended"
"""The profile of a log that is the wide table of guides and custom loggers."""
HEARTBEAT = "RecorderHeartbeat"
"""The action by which the recorder says that it runs, and which kinds it records."""
_POWERS_SHOWN = 3
TRUST_MARGIN = 10_000
"""Rows that are read to both sides of where ids in order of time would have a window."""
LOG_SUMMARY = pa.schema(
    [
        ("user_id", pa.int64()),
        ("username", pa.string()),
        ("utc_day", pa.date32()),
        ("action", pa.string()),
        ("own", pa.bool_()),
        ("rows", pa.int64()),
        ("first_at", pa.timestamp("us")),
        ("last_at", pa.timestamp("us")),
        ("first_outcome_at", pa.timestamp("us")),
        ("first_text_at", pa.timestamp("us")),
    ]
)
"""Rows of `logs` per account, UTC day and action; times are naive UTC.

Of an extended log also by the name in the row and by `own` (a custom logger's row), with the first of them that says
whether the act failed and the first that has SQL text.
"""


@dataclass(frozen=True, slots=True)
class ActionRows:
    """Rows of `logs` with the same action; times are aware UTC, None where no row has one."""

    action: str | None
    rows: int
    first_at: datetime | None
    last_at: datetime | None
    own: bool = False
    """Whether they are a custom logger's, in an extended log."""
    first_outcome_at: datetime | None = None
    """Then the first that says whether the act failed."""
    first_text_at: datetime | None = None
    """Then the first that has SQL text."""


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """The database snapshot that everything of a run was read in."""

    kind: str
    """`sqlite`, `sqlite-copy` (a private copy), `postgresql`, `mariadb`, `mysql`; of a standby with `-standby`."""
    value: str
    """What identifies it: a hash, a position in the server's own log, the snapshot."""
    taken_at: datetime
    """The source's clock, aware UTC; on a standby the time up to which it has replayed its primary."""
    standby: bool = False
    lag: float | None = None
    """Seconds that a standby is behind; None where this is no standby, or it does not say."""
    writing_since: datetime | None = None
    """When the oldest transaction began (aware UTC) that was writing to the log then: its rows are not among those that
    were read, whatever their times. None where there was none, or the role cannot see it."""


@dataclass(frozen=True, slots=True)
class Role:
    """The account that read, and what it could do to the log that it reads."""

    name: str
    powers: tuple[str, ...] = ()
    """Every way that was found in which it may change or replace rows of `logs`, in words."""
    others: tuple[str, ...] = ()
    """Likewise of the other tables that evidence rests on."""

    @property
    def may_modify(self) -> bool:
        """Return whether it may modify what it reads."""
        return bool(self.powers or self.others)

    @property
    def sentence(self) -> str:
        """Return it as the top of a pack says it."""
        if self.powers:
            told = f"this role may modify the log that it is auditing ({_listed(self.powers)})"
        elif self.others:
            told = (
                "this role was found to have no right to modify the log, but it may modify other tables that evidence"
                f" rests on ({_listed(self.others)})"
            )
        else:
            told = "this role was found to have no right to modify the log"
        return f"Collected as {self.name}: {told}."


def _listed(powers: Sequence[str]) -> str:
    more = f", and {len(powers) - _POWERS_SHOWN} more" if len(powers) > _POWERS_SHOWN else ""
    return f"{'; '.join(powers[:_POWERS_SHOWN])}{more}"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Who and what the source is; never a secret."""

    source_id: str
    """Stable for one database."""
    alias: str
    dialect: str
    server_version: str
    superset_version: str | None
    profile: str
    """`superset` (its own tables), or `extended` (a wide table `logs`, as guides and custom loggers write it)."""
    read_point: ReadPoint
    tables: Mapping[str, tuple[str, ...]]
    """Table -> the columns that it has; the time of the log is its `dttm`, from whatever column it is read."""
    role: Role
    clock_skew: float | None
    """Seconds that the source's clock is ahead of the host's; None where they are the same clock."""
    zone: str | None
    """Zone of the server-local times; None when it was not declared."""
    schema: str | None = None
    """The schema of the tables, where the dialect has schemas."""
    revision: str | None = None
    """What `alembic_version` holds; None where there is none."""
    log_statements: bool = False
    """Whether SQL statements are read from `logs`: an extended log with their text, and no row in the table `query`."""
    notes: tuple[str, ...] = ()
    """What a reader of rows from this source should know, one sentence each."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of a table from the lowest to the highest, both inclusive."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of a table in a span of time: `since` inclusive, `until` exclusive, aware UTC."""

    since: datetime
    until: datetime
    keys: Keys | None = None
    """Where its rows are, so that only those need be read: they were seen there, or the ids are trusted."""
    actions: tuple[str, ...] | None = None
    """The actions whose rows are asked for, in a window of the log; None where all are."""


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The surviving rows of a table in one UTC month that has any: how many, the first and the last (aware UTC)."""

    rows: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """The surviving rows of a table over all time."""

    rows: int
    """All of them, with those whose time cannot be read, which are in no month."""
    months: tuple[MonthRows, ...] = ()
    """The months that have rows, in order."""

    @property
    def first_at(self) -> datetime | None:
        """The first time that a row has, aware UTC."""
        return self.months[0].first_at if self.months else None


@dataclass(frozen=True, slots=True)
class Issued:
    """The count of rows of a table, for an auditor to repeat."""

    table: str
    counting_sql: str
    """Empty where there is no such table, or no one condition for what was counted.

    Its first column is `counted`; where the table has a numeric key, `lowest` and `highest` follow.
    """
    counted: int
    lowest: int | None = None
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class LogSummary:
    """The log grouped by one scan, and how many rows that scan saw."""

    rows: pa.Table
    """`LOG_SUMMARY`, in the order of account, name, day, action and own."""
    whole: Issued
    """All that were grouped."""
    within: Issued
    """Those of the window: what `extract` yields."""

    @property
    def keys(self) -> Keys | None:
        """Where the rows of the window are; None where their keys are no numbers."""
        if self.within.counted == 0:
            return Keys(0, -1)
        lowest, highest = self.within.lowest, self.within.highest
        return None if lowest is None or highest is None else Keys(lowest, highest)


@dataclass(frozen=True, slots=True)
class Options:
    """How a source is to be read."""

    alias: str = "main"
    """Its name in the report."""
    zone: str | None = None
    """IANA zone of the Superset server's local times, where it was declared."""
    copy: bool = False
    """Read SQLite from a private copy even where its journal does not need one."""
    statement_timeout: timedelta = timedelta(minutes=10)
    """How long the server may take for one statement."""


class Source(Protocol):
    """One open source at one read point; closing it ends the read transaction."""

    @property
    def facts(self) -> SourceFacts:
        """Facts found when it was opened."""

    def extract(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `table` in order of its key.

        Values that cannot be read as the declared type come as NULL, with the reason in the extra column `unreadable`
        (NULL for a good row). With a window, rows whose time cannot be read are yielded as well: never dropped.

        Raises:
            SourceError: the source failed midway.
        """

    def extraction(self, table: TableSpec, columns: Sequence[str], window: Window | None) -> str:
        """Return the statement that `extract` sends, for an auditor to repeat."""

    def count(self, table: TableSpec, window: Window | None) -> Issued:
        """Count the rows that `extract` yields with `count(*)`, with their lowest and highest key."""

    def trusted_keys(self, window: Window) -> Keys:
        """Return where ids in order of time have the rows of a window of the log, with `TRUST_MARGIN` to both sides.

        Raises:
            SourceError: the source failed.
        """

    def log_summary(self, window: Window) -> LogSummary:
        """Group the log over all time by one scan; where the window has keys, only those rows and the oldest ones.

        Raises:
            SourceError: the source failed.
        """

    def span(self, table: TableSpec) -> Span | None:
        """Return how far the surviving rows of a table reach; None where it is not there, or has no time."""

    def fetch(self, table: TableSpec, key: int) -> pa.RecordBatch | None:
        """Return the one row of `table` with that key, as `extract` would, or None."""

    def close(self) -> None:
        """End the read transaction and remove what was copied."""
