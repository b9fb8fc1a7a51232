"""The frozen rows of one run, and what the source could have held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from auditctl.period import Period
from auditctl.population.recount import Recount
from auditctl.source.interface import SourceFacts
from auditctl.text import SqlText

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""How a span says that it has no beginning: a file, or current state, is held for any time."""
MOST_LISTED = 1_000
"""Unreadable rows of a table that are listed one by one; all are counted."""
_LARGE = 200_000
"""Rows of the log from which on a process of its own, a second or so to start, pays."""


@dataclass(frozen=True, slots=True)
class Held:
    """A span in which a kind of event was held: `since` inclusive, `until` exclusive, aware UTC."""

    since: datetime
    until: datetime
    by: str
    """server, recorder, custom, file: who vouches for it."""
    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a window that is not held: `since` inclusive, `until` exclusive, aware UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a window is held: `answer` is yes, partial or no."""

    answer: str
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Capability:
    """Something that a source can hold, as intervals of time."""

    name: str
    title: str
    held: tuple[Held, ...]
    reason: str
    """Why it is not held where it is not."""
    remedy: str
    last_row: datetime | None = None
    """The last row of its family at the read point, aware UTC; None where it is no family of actions, or has none."""

    @property
    def first_held(self) -> datetime | None:
        """Since when it is held at all."""
        return min((span.since for span in self.held), default=None)

    def over(self, since: datetime, until: datetime) -> Coverage:
        """Return whether `[since, until)` is held, with the parts that are not."""
        gaps: list[Gap] = []
        at = since
        for span in sorted(self.held, key=lambda span: span.since):
            if span.until <= at or span.since >= until:
                continue
            if span.since > at:
                gaps.append(Gap(at, span.since))
            at = max(at, span.until)
            if at >= until:
                break
        if at < until:
            gaps.append(Gap(at, until))
        whole = len(gaps) == 1 and gaps[0] == Gap(since, until)
        return Coverage("no" if whole else "partial" if gaps else "yes", tuple(gaps))


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row of which a value could not be read as what its column should hold."""

    source_ref: str
    """`logs:19`; without a number where the table has no key."""
    reason: str
    """Column and reason, `user_id: not a whole number`; of the value itself it says nothing."""


@dataclass(frozen=True, slots=True)
class TableExtract:
    """What was copied of one table, with the numbers that prove it."""

    source_id: str
    name: str
    rows: int
    counted: int
    """`count(*)` of the same rows at the same read point."""
    unreadable: int
    sha256: str
    """Of the Parquet file, after secrets were replaced."""
    min_id: int | None
    max_id: int | None
    min_at: datetime | None
    max_at: datetime | None
    sql: str
    counting_sql: str
    unreadable_rows: tuple[UnreadableRow, ...] = ()
    """The first `MOST_LISTED` of those that could not be read."""


@dataclass(frozen=True, slots=True)
class RelationFile:
    """One relation, written once."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the user gave."""

    name: str
    """What it is: leavers, approved_admins, sign_in_log."""
    file: str
    sha256: str
    rows: int
    note: str = ""
    as_of: date | None = None
    """The day whose state it has, as its line `# as of:` says; None where it has none."""
    origin: str = ""
    """Where it is from, as its line `# from:` says."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What management states, and nobody can check here."""

    sentence: str
    """With who states it, why and when."""
    stated_on: date


def has_large_log(tables: Iterable[TableExtract]) -> bool:
    """Tell whether the log is so long that an engine needs the memory that reading it took, or drawing it will take."""
    return sum(table.rows for table in tables if table.name == "logs") >= _LARGE


@dataclass(frozen=True, slots=True)
class Population:
    """The frozen rows of one run; `dir` holds one Parquet file per relation, and population.json."""

    dir: Path
    period: Period
    extracted_since: datetime
    sources: tuple[SourceFacts, ...]
    tables: tuple[TableExtract, ...]
    relations: Mapping[str, RelationFile]
    capabilities: Mapping[str, Capability]
    redactions: Mapping[str, int]
    """`table.column` -> cells in which a secret was replaced."""
    inputs: tuple[InputFile, ...]
    unmapped: Mapping[str, int]
    """Actions that actions.toml does not know -> rows in the extract."""
    now: datetime
    """What the run took for the present: `--now`, or the source's clock."""
    now_is_set: bool
    sql: SqlText = SqlText.REDACTED
    """How SQL and payloads are shown."""
    redaction_key: str = ""
    """Id of the key that their markers are made with; empty where none was made."""
    zone_rules: str = ""
    """Which edition of the time zone database bounds the period, and which dates the rows."""
    notes: tuple[str, ...] = ()
    """What a reader should know of what was declared, one sentence each."""
    attempts: int = 1
    """How often reading was begun, each time at another read point: all but the last broke off, and nothing of them is
    kept."""
    not_applicable: Mapping[str, Assertion] = field(default_factory=lambda: MappingProxyType({}))
    """Capability -> what management asserts: that there is nothing here that would need it."""
    recounts: tuple[Recount, ...] = ()
    """Rows of the time of the pack that this run is compared with, counted again; one per source."""

    @property
    def cut_off(self) -> datetime:
        """Where the evidence of an open period ends."""
        return min(self.period.until, self.now)

    @property
    def read_at(self) -> datetime:
        """The earliest read point of the sources, aware UTC: when current state was read."""
        return min(source.read_point.taken_at for source in self.sources)

    @property
    def state_at(self) -> datetime:
        """Of which instant current state is, aware UTC.

        That of the read point. A present that was set by hand says of which day a copy of a database is: it is believed
        unless the source has later rows, or none that could tell.
        """
        last = max((table.max_at for table in self.tables if table.max_at is not None), default=None)
        believed = self.now_is_set and last is not None and last <= self.now
        return min(self.now, self.read_at) if believed else self.read_at

    @property
    def unreadable(self) -> int:
        """Rows that could not be read, over all tables."""
        return sum(table.unreadable for table in self.tables)

    @property
    def large(self) -> bool:
        """Whether its log is so long that engines work on it in processes of their own."""
        return has_large_log(self.tables)

    @property
    def mismatches(self) -> tuple[TableExtract, ...]:
        """Tables whose extracted and counted rows differ."""
        return tuple(table for table in self.tables if table.rows != table.counted)

    @staticmethod
    def load(folder: Path) -> Population:
        """Read a population that was saved: re-performance and tests need no database.

        Raises:
            IntegrityError: `folder` is not one.
        """
        from auditctl.population.store import load

        return load(folder)

    def path(self, relation: str) -> Path:
        """Return the Parquet file of a relation."""
        return self.dir / f"{relation}.parquet"
