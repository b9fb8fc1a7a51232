"""From evidence, capabilities and coverage to an outcome per test, and a line per control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from auditctl.assess.inputs import age_notes, assertion_notes
from auditctl.assess.model import ControlResult, Outcome, Word
from auditctl.catalogue.model import Control, Kind, Test, Time
from auditctl.period import distance
from auditctl.population.model import EVER, Coverage, Gap, Population
from auditctl.run.evidence import Evidence, Unmet
from auditctl.settings import AS_OF_TOLERANCE
from auditctl.zones import in_zone

_WORDS = {Kind.DEVIATION: Word.NO_EXCEPTIONS, Kind.INDICATOR: Word.NO_ITEMS, Kind.LISTING: Word.LISTED}
_FLAGGED_WORDS = {Kind.DEVIATION: Word.EXCEPTIONS, Kind.INDICATOR: Word.ITEMS}
_UNCORROBORATED = ("attempted", "unknown")
_NOUNS = {
    Kind.DEVIATION: ("exception", "exceptions"),
    Kind.INDICATOR: ("item for review", "items for review"),
    Kind.LISTING: ("row listed", "rows listed"),
}


def judge(
    test: Test,
    evidence: Evidence | str,
    population: Population,
    changed: Iterable[str] = (),
    as_of_tolerance: timedelta = AS_OF_TOLERANCE,
) -> Outcome:
    """Return the outcome of one test.

    Args:
        test: The test.
        evidence: The result of its query, or why it failed.
        population: What the query ran over.
        changed: Thresholds that differ from their default, in words.
        as_of_tolerance: Current state read later than this after the period's end is no evidence of the period.
    """
    notes = tuple(changed)
    if isinstance(evidence, str):
        return Outcome(test, Word.ERROR, f"The query failed: {evidence}", None, Coverage("no", ()), notes)
    asserted = [name for name in evidence.query.capabilities(evidence.parameters) if name in population.not_applicable]
    if asserted:
        sentence = " ".join(population.not_applicable[name].sentence for name in asserted)
        stated = assertion_notes(asserted, population)
        return Outcome(test, Word.NOT_APPLICABLE, sentence, None, Coverage("yes", ()), notes, input_notes=stated)
    coverage = _coverage(evidence.unmet, population)
    word, sentences = _verdict(test, evidence, population, as_of_tolerance)
    if evidence.query.time is Time.AS_OF and as_of_tolerance != AS_OF_TOLERANCE:
        notes += (f"as_of_tolerance is {_days(as_of_tolerance)} (declared: {_days(AS_OF_TOLERANCE)})",)
    proof = tuple(_proof(evidence, population)) if _shows_nothing(word, evidence) else ()
    ages = age_notes(evidence.query, population)
    return Outcome(test, word, " ".join(sentences), evidence, coverage, notes, proof, ages)


def summarise(control: Control, outcomes: Iterable[Outcome]) -> ControlResult:
    """Return the line of a control: its worst outcome and always the counts, with its tests from the worst on."""
    order = list(Word)
    results = tuple(sorted(outcomes, key=lambda outcome: order.index(outcome.word)))
    counts = Counter(outcome.word for outcome in results)
    headline, *others = sorted(counts, key=order.index)
    of = "1 test" if len(results) == 1 else f"{len(results)} tests"
    parts = [f"{headline}: {counts[headline]} of {of}", *(f"{counts[word]} {word}" for word in others)]
    ranked = {word: counts[word] for word in (headline, *others)}
    return ControlResult(control, headline, ranked, "; ".join(parts), results)


def describe_gaps(gaps: Iterable[Gap], zone: str) -> str:
    """Return spans in words, in the report's zone: `2026-07-01 00:00 to 2026-08-12 09:00`."""
    return ", ".join(f"{in_zone(gap.since, zone)} to {in_zone(gap.until, zone)}" for gap in gaps)


def describe_unmet(unmet: Unmet, population: Population) -> str:
    """Return in one or two sentences what is not held, why, and since when it is."""
    zone = population.period.zone
    if unmet.answer == "no":
        sentence = unmet.reason
        if unmet.held_since is not None and unmet.held_since > population.period.since:
            sentence += f" {unmet.title} are held since {in_zone(unmet.held_since, zone)}."
        return sentence
    return f"{unmet.title} are not held for {describe_gaps(unmet.gaps, zone)} ({zone}): {_decapitalise(unmet.reason)}"


def _verdict(test: Test, evidence: Evidence, population: Population, tolerance: timedelta) -> tuple[Word, list[str]]:
    query = evidence.query
    found = _found(evidence)
    missing = [describe_unmet(unmet, population) for unmet in evidence.unmet]
    age = _age(evidence, population, tolerance)
    if query.kind in _FLAGGED_WORDS and evidence.flagged:
        return _FLAGGED_WORDS[query.kind], [found, *missing, *age]
    if missing and test.absence == "finding":
        return Word.EXCEPTIONS, ["The requirement is to record this, and it is not recorded.", *missing]
    if missing:
        if evidence.judged:
            held = "In the part that is held" if _is_partial(evidence) else "In what is held"
            missing.insert(0, f"{held}: {found}")
        elif evidence.rows:
            missing.append(
                f"{evidence.rows:,} {'row is' if evidence.rows == 1 else 'rows are'} shown without judgement."
            )
        return Word.NOT_EVIDENCED, [*missing, *age]
    if _is_late(evidence, population, tolerance) and query.kind is not Kind.LISTING:
        return Word.NOT_EVIDENCED, [found, *age]
    if evidence.population == 0 and query.kind is not Kind.LISTING:
        return Word.NOT_EVIDENCED, [f"There is nothing to test: no {query.noun}.{_unjudged(evidence)}", *age]
    return _WORDS[query.kind], [found, *age]


def _shows_nothing(word: Word, evidence: Evidence) -> bool:
    return word in (Word.NO_EXCEPTIONS, Word.NO_ITEMS) or (word is Word.LISTED and not evidence.rows)


def _proof(evidence: Evidence, population: Population) -> Iterator[str]:
    """Say of everything that the query requires how it is known that the source could have held it."""
    zone, since = population.period.zone, population.period.since
    for name in evidence.query.capabilities(evidence.parameters):
        capability = population.capabilities[name]
        spans = [span for span in capability.held if span.until > since and span.since < population.cut_off]
        first = min(spans, key=lambda span: span.since, default=None)
        if first is None or (first.by == "file" and first.since == EVER):
            continue
        if first.since == EVER:
            yield f"{capability.title}: state as of {in_zone(population.state_at, zone)}"
            continue
        last = f"; the last row of the kind is of {in_zone(capability.last_row, zone)}" if capability.last_row else ""
        yield f"{capability.title}: held since {in_zone(first.since, zone)}, {first.reason}{last}"


def _is_partial(evidence: Evidence) -> bool:
    return all(unmet.answer != "no" for unmet in evidence.unmet)


def _found(evidence: Evidence) -> str:
    query = evidence.query
    number = evidence.rows if query.kind is Kind.LISTING else evidence.flagged
    singular, plural = _NOUNS[query.kind]
    sentence = f"{number:,} {singular if number == 1 else plural}"
    if query.kind is Kind.LISTING:
        return f"{sentence}, nothing tested.{_corroborated(evidence)}"
    if evidence.population is not None:
        only = evidence.population == 1  # the noun is a plural
        sentence += f" among {query.noun}, of which there is 1" if only else f" in {evidence.population:,} {query.noun}"
    return f"{sentence}.{_unjudged(evidence)}{_corroborated(evidence)}"


def _unjudged(evidence: Evidence) -> str:
    """Say how many rows are shown that could not be judged."""
    left = evidence.rows - evidence.flagged if evidence.query.unjudged and evidence.judged else 0
    return f" Not judged: {left:,} {evidence.query.unjudged}." if left else ""


def _corroborated(evidence: Evidence) -> str:
    """Say of acts for how many more is known than that they were attempted."""
    outcomes = evidence.event_outcomes
    total = sum(outcomes.values())
    if not total:
        return ""
    ranked = sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))
    known = [(word, rows) for word, rows in ranked if word not in _UNCORROBORATED]
    rest = [(word, rows) for word, rows in ranked if word in _UNCORROBORATED]
    detail = "; ".join(", ".join(f"{rows:,} {word}" for word, rows in part) for part in (known, rest) if part)
    return f" Outcome corroborated for {sum(rows for _, rows in known):,} of {total:,} acts: {detail}."


def _age(evidence: Evidence, population: Population, tolerance: timedelta) -> list[str]:
    """Say of current state of which instant it is, and how far that is from the period's end."""
    if evidence.query.time is not Time.AS_OF:
        return []
    zone, end = population.period.zone, population.period.until
    at = f"{in_zone(evidence.state_at, zone)} {zone}"
    believed = " (a present that was set by hand)" if evidence.state_at < population.read_at else ""
    if evidence.state_at == end:  # no period was asked for: the present is all there is
        return [f"State as of {at}{believed}."]
    only = ": not evidence of the period itself" if _is_late(evidence, population, tolerance) else ""
    return [f"State as of {at}{believed}, {distance(evidence.state_at, end)}{only}."]


def _is_late(evidence: Evidence, population: Population, tolerance: timedelta) -> bool:
    return evidence.query.time is Time.AS_OF and evidence.state_at - population.period.until > tolerance


def _days(tolerance: timedelta) -> str:
    return f"{tolerance / timedelta(days=1):g}d"


def _coverage(unmet: Iterable[Unmet], population: Population) -> Coverage:
    missing = list(unmet)
    if not missing:
        return Coverage("yes", ())
    gaps = sorted({gap for item in missing for gap in item.gaps}, key=lambda gap: (gap.since, gap.until))
    return Coverage("no" if any(item.answer == "no" for item in missing) else "partial", tuple(gaps))


def changed_thresholds(evidence: Evidence, test: Test) -> list[str]:
    """Return in words which parameters differ from what the query declares, those that the test sets aside."""
    values: Mapping[str, object] = evidence.parameters
    return [
        f"{parameter.name} is {values[parameter.name]} (declared: {parameter.default})"
        for parameter in evidence.query.parameters
        if not parameter.is_window
        and parameter.name not in test.parameters
        and parameter.default is not None
        and values[parameter.name] != parameter.default
    ]


def _decapitalise(sentence: str) -> str:
    return sentence if sentence.startswith("Superset") else sentence[:1].lower() + sentence[1:]
