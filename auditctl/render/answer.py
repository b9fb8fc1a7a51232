"""What a query's command answers on a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from auditctl.run.evidence import Rows


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome first, the rows after it, and what to do last."""

    headline: str
    """One line: the outcome in words."""
    notes: tuple[str, ...]
    """Why it is so, one sentence each."""
    rows: Rows
    count: int
    """Rows of `rows`."""
    flagged: int
    """How many of them are flagged."""
    hints: tuple[str, ...] = ()
    """What to do next, one sentence each."""
