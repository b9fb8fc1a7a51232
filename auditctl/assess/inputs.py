"""The user's files and assertions behind a test, and how far they are from the end of what is tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from auditctl.catalogue.model import Query
from auditctl.population.inputs import PEOPLE
from auditctl.population.model import InputFile, Population
from auditctl.zones import load_zone

_RELATIONS = {"sign_in_log": "sign_ins", "tickets": "approvals"}
_PEOPLE = frozenset(form.name for form in PEOPLE)


def rests_on(query: Query, name: str) -> bool:
    """Return whether a query reads a file of this name: leavers, sign_in_log, ..."""
    relations = {_RELATIONS.get(name, name), *(("input_rows",) if name in _PEOPLE else ())}
    return not relations.isdisjoint(query.reads)


def files_behind(query: Query, population: Population) -> list[InputFile]:
    """Return the files that a query reads, of those that were given."""
    return [file for file in population.inputs if rests_on(query, file.name)]


def age_notes(query: Query, population: Population) -> tuple[str, ...]:
    """Return a sentence for each file of people behind a query whose state is not that of the end, or not known."""
    return tuple(
        note
        for file in files_behind(query, population)
        if file.name in _PEOPLE
        for note in _age(f"The {file.name.replace('_', ' ')} file", file.as_of, population)
    )


def assertion_notes(names: Iterable[str], population: Population) -> tuple[str, ...]:
    """Return a sentence for each assertion on one of these capabilities that was stated before the end.

    What is stated after the end speaks of the whole period.
    """
    return tuple(
        note
        for name in names
        for note in _age(
            f"The assertion on {name.replace('_', ' ')}", population.not_applicable[name].stated_on, population
        )
    )


def _age(name: str, as_of: date | None, population: Population) -> Iterator[str]:
    zone = load_zone(population.period.zone)
    end = population.cut_off.astimezone(zone).date()
    if as_of is None:
        yield f"{name} says no as-of date."
    elif as_of > population.now.astimezone(zone).date():
        yield f"{name} is as of {as_of}, a day that is still to come."
    elif as_of < end:
        days = (end - as_of).days
        what = "the period's end" if population.cut_off == population.period.until else "the cut-off"
        yield f"{name} is as of {as_of}, {days} {'day' if days == 1 else 'days'} before {what}."
