"""What changed between two reports of one framework, and what became of each exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auditctl.assess.model import Word
from auditctl.period import Period
from auditctl.population.recount import Recount


class Fate(StrEnum):
    """What became of an exception. Only what was looked for again, by the same rules, can be cleared."""

    NEW = "New"
    AGAIN = "Noted again"
    CLEARED = "Cleared"
    UNSEEN = "No longer evidenced"
    RULES = "Not flagged by changed rules"
    UNTESTED = "No longer tested"
    EARLIER = "Of the earlier period"


@dataclass(frozen=True, slots=True)
class Found:
    """An exception: a row that names itself, in its evidence."""

    evidence: str
    title: str
    """Title of the query."""
    key: str
    """What names the row, as in the register."""
    reason: str | None


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """What a test came to."""

    control: str
    test: str
    procedure: str
    outcome: str
    evidence: str | None
    """Name of its evidence; None where there is none."""
    rows: int | None
    flagged: int | None
    population: int | None
    whole: bool
    """Whether all that its query requires was held over the whole window."""

    @property
    def seen(self) -> bool:
        """Whether the test could have found what there was to find."""
        return self.whole and self.outcome not in (Word.NOT_EVIDENCED, Word.ERROR)


@dataclass(frozen=True, slots=True)
class Rule:
    """A query as it ran; the window is not part of its parameters."""

    query: str
    version: int
    sha256: str
    of_period: bool
    """Whether its rows are those of the window, and not current state."""
    parameters: Mapping[str, str]

    def __str__(self) -> str:
        values = "".join(f", {name} = {value}" for name, value in sorted(self.parameters.items()))
        return f"version {self.version}{values}, SHA-256 {self.sha256}"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report is compared by; the mappings without a type of their own are name -> value in words."""

    name: str
    pack_id: str
    status: str
    period: Period
    read_at: datetime
    """The latest read point, aware UTC."""
    source_ids: frozenset[str]
    tests: Mapping[tuple[str, str], OutcomeFacts]
    """By control and test."""
    rules: Mapping[str, Rule]
    """By evidence."""
    exceptions: tuple[Found, ...]
    catalogue: Mapping[str, str]
    settings: Mapping[str, str]
    files: Mapping[str, str]
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """A test in two reports; None: it was not part of the report."""

    before: OutcomeFacts | None
    after: OutcomeFacts | None

    @property
    def latest(self) -> OutcomeFacts:
        """The test, as it is now where it is still there."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a test of neither report")
        return found

    @property
    def reworded(self) -> bool:
        """Whether the word of the outcome is another, or the test came or went."""
        return (self.before and self.before.outcome) != (self.after and self.after.outcome)

    @property
    def differs(self) -> bool:
        """Whether the outcome or a count is another."""

        def counts(tested: OutcomeFacts | None) -> object:
            return tested and (tested.rows, tested.flagged, tested.population)

        return self.reworded or counts(self.before) != counts(self.after)


@dataclass(frozen=True, slots=True)
class ExceptionChange:
    """An exception of either report, and what became of it."""

    fate: Fate
    found: Found
    remark: str = ""
    """What to know of the fate, in a few words."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not what it was; None: it was not there."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the previous report."""

    previous: ReportFacts
    notes: tuple[str, ...]
    """How far the two can be compared, one sentence each."""
    tests: tuple[OutcomeChange, ...]
    exceptions: tuple[ExceptionChange, ...]
    """By fate, then in the order of their reports."""
    matched: bool
    """Whether exceptions were matched row by row; not between two databases."""
    rules: tuple[Difference, ...]
    settings: tuple[Difference, ...]
    files: tuple[Difference, ...]
    source: tuple[Difference, ...]
    recounts: tuple[Recount, ...]
    """Rows of the previous pack's time, counted again; none where it was read before its period was over."""

    @property
    def late(self) -> int:
        """At least so many rows came after the previous pack was read, with a time before its end."""
        return sum(one.late for one in self.recounts)

    @property
    def counts(self) -> Mapping[Fate, int]:
        """How many exceptions had each fate; every fate is there."""
        return {fate: sum(change.fate is fate for change in self.exceptions) for fate in Fate}

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        reworded = sum(change.reworded for change in self.tests)
        outcomes = f"{reworded} {'outcome' if reworded == 1 else 'outcomes'} changed"
        if not self.matched:
            return f"Since {self.previous.name}, of another database: {outcomes}; exceptions were not matched."
        fates = ", ".join(f"{number:,} {fate.lower()}" for fate, number in self.counts.items() if number)
        late = f"; rows that came late: {self.late:,}" if self.late else ""
        return f"Since {self.previous.name}: exceptions: {fates or 'none in either'}; {outcomes}{late}."
