"""Outcomes: of a test, and the line of a control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from auditctl.catalogue.model import Control, Test
from auditctl.population.model import Coverage
from auditctl.population.waivers import Waiver
from auditctl.run.evidence import Evidence


class Word(StrEnum):
    """The outcome of a test, in order of rank; never "compliant", "passed", a score or a percentage."""

    ERROR = "Error"
    EXCEPTIONS = "Exceptions noted"
    NOT_EVIDENCED = "Not evidenced"
    ITEMS = "Items for review"
    NO_EXCEPTIONS = "No exceptions noted"
    NO_ITEMS = "No items for review"
    LISTED = "Listed"
    NOT_APPLICABLE = "Not applicable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test came to."""

    test: Test
    word: Word
    sentence: str
    """One or two sentences: what was found, of how many, over which part of the period."""
    evidence: Evidence | None
    """None only for Error and Not applicable."""
    covered: Coverage
    """Whether all of the period was held, and the parts that were not."""
    threshold_notes: tuple[str, ...] = ()
    """Thresholds changed from their default, in words."""
    proof: tuple[str, ...] = ()
    """Where nothing was found: since when such rows are held and how that is known, a phrase per capability."""
    input_notes: tuple[str, ...] = ()
    """What a reader should know of the user's files and assertions that it rests on, one sentence each."""
    waivers: tuple[Waiver, ...] = ()
    """Those of its flagged rows, also the ones that have ended."""
    ended: tuple[Waiver, ...] = ()
    """Those of them that have ended."""
    accepted: int = 0
    """Flagged rows whose waiver holds."""
    accepted_until: date | None = None
    """Until when management accepts all of it, the gap or every flagged row; None: it is not all accepted."""


@dataclass(frozen=True, slots=True)
class ControlResult:
    """The line of a control: the headline and always the counts."""

    control: Control
    headline: Word
    counts: Mapping[Word, int]
    sentence: str
    """Such as `Exceptions noted: 1 of 5 tests; 2 Not evidenced; 2 No exceptions noted`."""
    outcomes: tuple[Outcome, ...]
