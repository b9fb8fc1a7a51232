"""What management accepts of an outcome, for a time: a known gap, waived rows. The outcome itself stays what it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from auditctl.assess.model import Outcome, Word
from auditctl.population.waivers import Waiver
from auditctl.settings import AcceptedGap

_NAMED = 5


def accept(outcome: Outcome, gaps: Mapping[str, AcceptedGap], waivers: Iterable[Waiver], on: date) -> Outcome:
    """Return an outcome with what is accepted of it, and what no longer is, in its sentence.

    Args:
        outcome: As judged.
        gaps: Test id -> a gap that management knows.
        waivers: Those of all queries.
        on: The day on which they must hold, in the report's zone.
    """
    if outcome.word is Word.NOT_EVIDENCED:
        gap = gaps.get(outcome.test.id)
        return outcome if gap is None else _accept_gap(outcome, gap, on)
    return _waive(outcome, waivers, on)


def unmatched(waivers: Collection[Waiver], outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Return the waivers that fit no flagged row of these outcomes: how many, then each in a sentence.

    Waivers of queries that are not part of these outcomes are passed over.
    """
    judged = tuple(outcomes)
    ran = {outcome.evidence.name for outcome in judged if outcome.evidence is not None}
    used = {waiver for outcome in judged for waiver in outcome.waivers}
    sentences = [
        f"The waiver in line {waiver.line} matches nothing: {waiver.query} has no flagged row {_row(waiver)}."
        for waiver in waivers
        if waiver.query in ran and waiver not in used
    ]
    if not sentences:
        return ()
    number = len(sentences)
    return (f"{number} of {len(waivers)} waivers {'matches' if number == 1 else 'match'} nothing.", *sentences)


def _row(waiver: Waiver) -> str:
    return f"'{waiver.key}'" + (f" with the reason '{waiver.flag_reason}'" if waiver.flag_reason else "")


def _accept_gap(outcome: Outcome, gap: AcceptedGap, on: date) -> Outcome:
    reason = f"{gap.reason.rstrip('.')}."
    if on > gap.expires:
        return _saying(outcome, f"The acceptance of this gap by {gap.owner} ended on {gap.expires}: {reason}")
    said = _saying(outcome, f"Accepted by {gap.owner} until {gap.expires}: {reason}")
    return replace(said, accepted_until=gap.expires)


def _waive(outcome: Outcome, waivers: Iterable[Waiver], on: date) -> Outcome:
    evidence = outcome.evidence
    if evidence is None or not evidence.flagged:
        return outcome
    by_key = {waiver.key: waiver for waiver in waivers if waiver.query == evidence.name}
    if not by_key:
        return outcome
    rows = [by_key[name] for name, reason in evidence.flags() if name in by_key and by_key[name].fits(reason)]
    found = tuple(sorted(set(rows), key=lambda waiver: waiver.line))
    ends = [waiver.expires for waiver in rows if waiver.holds(on)]
    ended = tuple(waiver for waiver in found if not waiver.holds(on))
    waived = replace(outcome, waivers=found, ended=ended, accepted=len(ends))
    if ends:
        until = f"{min(ends)}{' (the earliest)' if len(set(ends)) > 1 else ''}"
        whole = len(ends) == evidence.flagged
        share = "All" if whole else f"{len(ends):,} of {evidence.flagged:,}"
        waived = _saying(waived, f"{share} accepted until {until}.")
        # Where the requirement is to record, what is not recorded is an exception that no row stands for.
        if whole and not (outcome.test.absence == "finding" and evidence.unmet):
            waived = replace(waived, accepted_until=min(ends))
    if ended:
        named = ", ".join(f"{waiver.key} on {waiver.expires}" for waiver in ended[:_NAMED])
        more = f" and {len(ended) - _NAMED:,} more" if len(ended) > _NAMED else ""
        waived = _saying(waived, f"Waivers that have ended: {named}{more}.")
    return waived


def _saying(outcome: Outcome, sentence: str) -> Outcome:
    return replace(outcome, sentence=f"{outcome.sentence} {sentence}")
