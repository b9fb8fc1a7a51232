"""Numbers, moments, spans and outcomes as the report words them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from auditctl.assess.model import ControlResult, Outcome, Word
from auditctl.catalogue.model import Framework, Kind, Query, RelationSpec
from auditctl.period import Period, distance
from auditctl.population.model import EVER, Capability, Coverage, Gap, Held, Population, TableExtract
from auditctl.render.values import as_utc
from auditctl.run.evidence import Evidence
from auditctl.zones import in_zone

_ORDER = list(Word)
_PRESSING = (Word.ERROR, Word.EXCEPTIONS, Word.NOT_EVIDENCED, Word.ITEMS)


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return `4,310`, or with a noun `1 row` and `4,310 rows`."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def not_shipped(what: Framework | Query) -> str:
    """Return what stands after the name of something that the user added to the catalogue; else nothing."""
    return "" if what.shipped else " (not from the shipped catalogue)"


def own_ids(ids: Iterable[str]) -> str:
    """Return what the organisation calls a control, with a word before it; nothing where it says none."""
    named = ", ".join(ids)
    return f"own ids: {named}" if named else ""


def titled(title: str, ids: Iterable[str]) -> str:
    """Return a control's title, with what the organisation calls it."""
    own = own_ids(ids)
    return f"{title} ({own})" if own else title


def sentence(text: str) -> str:
    """Return a reason as a sentence: with a capital, and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def utc(moment: datetime) -> str:
    """Return `2026-07-01 00:00:00`, UTC without saying so: the zone stands in the head of the column."""
    return as_utc(moment).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def instant(moment: datetime) -> str:
    """Return `2026-07-01 00:00:00 UTC`."""
    return f"{utc(moment)} UTC"


def local(moment: datetime, zone: str) -> str:
    """Return `2026-07-01 00:00` in a zone that the text around it names."""
    return in_zone(as_utc(moment), zone)


def offset(moment: datetime, zone: str) -> str:
    """Return `2026-07-01 00:00+02:00`."""
    there = as_utc(moment).astimezone(ZoneInfo(zone)).replace(microsecond=0)
    return there.isoformat(sep=" ", timespec="seconds" if there.second else "minutes")


def gaps(missing: Iterable[Gap], zone: str) -> str:
    """Return the spans that are not held, in a zone that the text around it names."""
    return "; ".join(f"{local(gap.since, zone)} to {local(gap.until, zone)}" for gap in missing)


def covered(coverage: Coverage, zone: str) -> str:
    """Return whether a window is held, and the parts that are not."""
    match coverage.answer:
        case "yes":
            return "Whole period"
        case "no":
            return "Not held"
        case _:
            return f"In part; not held {gaps(coverage.gaps, zone)}"


def in_period(capability: Capability, coverage: Coverage, zone: str) -> str:
    """Return how much of the period a kind of record is held for; a state and a file have no period of their own."""
    if coverage.answer != "yes" or any(span.since != EVER for span in capability.held):
        return covered(coverage, zone)
    return "Given" if all(span.by == "file" for span in capability.held) else "The state at the read point only"


def state_at(evidence: Evidence, period: Period) -> str:
    """Return of which instant the rows of current state are, and how far that is from the period's end."""
    away = distance(evidence.state_at, period.until)
    return f"the state at {instant(evidence.state_at)}, {away}, and of no other time"


def held(span: Held, population: Population) -> str:
    """Return since when and until when something is held, and who vouches for it."""
    zone = population.period.zone
    by = f"{span.by}: {span.reason}" if span.reason else span.by
    if span.since == EVER:
        return by
    ends = span.until >= min(population.now, population.read_at)
    return f"{local(span.since, zone)} to {'the read point' if ends else local(span.until, zone)}; {by}"


def found(outcome: Outcome) -> str:
    """Return in a few words what a test found, of how many, and whether all of the period was held."""
    evidence = outcome.evidence
    if evidence is None:
        return "no result"
    query = evidence.query
    if outcome.covered.answer == "no" and not evidence.rows:
        return "not held"
    if query.kind is Kind.LISTING:
        words = count(evidence.rows, "row")
    elif evidence.population is None:
        words = f"{evidence.flagged:,} of {count(evidence.rows, 'row')}"
    else:
        words = f"{evidence.flagged:,} of {evidence.population:,} {query.noun}"
    return words + {"yes": "", "no": "; not held"}.get(outcome.covered.answer, "; held in part")


def remarks(outcome: Outcome) -> dict[str, str]:
    """Return what management says of flagged rows, by what names a row."""
    return {
        waiver.key: f"Waiver {'ended on' if waiver in outcome.ended else 'until'} {waiver.expires},"
        f" by {waiver.owner}: {waiver.reason}"
        for waiver in outcome.waivers
    }


def counts(result: ControlResult) -> str:
    """Return a control's sentence without the headline that stands before it."""
    return result.sentence.removeprefix(str(result.headline)).removeprefix(":").strip()


def tally(results: Sequence[ControlResult]) -> list[tuple[Word, int]]:
    """Return how many tests came to each outcome, the gravest first."""
    found = Counter(outcome.word for result in results for outcome in result.outcomes)
    return [(word, found[word]) for word in Word if found[word]]


def pressing(results: Sequence[ControlResult]) -> list[tuple[int, int, ControlResult, Outcome]]:
    """Return the tests to look at, the gravest first, each with the places of its control and of itself from 1."""
    return [entry for entry in _ranked(results) if entry[3].word in _PRESSING]


def settled(results: Sequence[ControlResult]) -> list[tuple[int, int, ControlResult, Outcome]]:
    """Return the tests that need no look, as `pressing` returns the others."""
    return [entry for entry in _ranked(results) if entry[3].word not in _PRESSING]


def _ranked(results: Sequence[ControlResult]) -> list[tuple[int, int, ControlResult, Outcome]]:
    entries = (
        (number, place, result, outcome)
        for number, result in enumerate(results, start=1)
        for place, outcome in enumerate(result.outcomes, start=1)
    )
    return sorted(entries, key=lambda entry: _ORDER.index(entry[3].word))


def derivation(spec: RelationSpec) -> str:
    """Return what a relation is made from, as a sentence."""
    sources = [f"the table{'s' * (len(spec.tables) > 1)} {', '.join(spec.tables)}"] if spec.tables else []
    sources += [f"the relation{'s' * (len(spec.reads) > 1)} {', '.join(spec.reads)}"] if spec.reads else []
    by = "" if spec.sql is not None else "by auditctl itself, "
    return f"Made {by}from {' and '.join(sources)}." if sources else "Made by auditctl itself."


def expected(table: TableExtract) -> str:
    """Return what the counting statement of a table has to show, in the order of its columns.

    Also in which database, where that is not Superset's.
    """
    alias = table.name.rpartition(".")[0]
    where = f" in the database {alias}" if alias else ""
    if table.min_id is None or table.max_id is None:
        return f"{table.counted}{where}"
    return f"{table.counted}, lowest {table.min_id}, highest {table.max_id}{where}"


def setting(value: object) -> str:
    """Return the value of a setting or a parameter."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(setting(item) for item in value) or "none"
    return str(value)
