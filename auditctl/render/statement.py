"""The statement on information produced by the entity, per query: of what, how much, and how to get it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime

from auditctl.catalogue.model import Kind, Query, RelationSpec, Time
from auditctl.render import wording
from auditctl.render.contents import PackContents
from auditctl.render.values import as_utc
from auditctl.run.evidence import Evidence, Totals


def statement_of(evidence: Evidence, contents: PackContents) -> list[tuple[str, str]]:
    """Return what the page says of one query's evidence: names, and texts that are not yet safe to show."""
    return list(_lines(evidence, contents))


def command_line(evidence: Evidence) -> str:
    """Return the command that asks the same of a source, in the syntax of a POSIX shell."""
    words = ["auditctl", evidence.query.command]
    for parameter in evidence.query.parameters:
        value = evidence.parameters.get(parameter.name)
        if value is not None:
            text = as_utc(value).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
            words += [f"--{parameter.name.replace('_', '-')}", text]
    return shlex.join(words)


def sources_of(query: Query, relations: Mapping[str, RelationSpec]) -> list[str]:
    """Return the tables of the source that a query's relations are made from, in order."""
    seen: set[str] = set()
    tables: set[str] = set()
    waiting = list(query.reads)
    while waiting:
        name = waiting.pop()
        if name not in seen and name in relations:
            seen.add(name)
            tables.update(relations[name].tables)
            waiting.extend(relations[name].reads)
    return sorted(tables)


def _lines(evidence: Evidence, contents: PackContents) -> Iterator[tuple[str, str]]:
    query = evidence.query
    yield "Rows", _rows(evidence)
    if evidence.totals is not None:
        yield (
            "Control totals",
            "; ".join(_totals(evidence.totals)) or "none: no row, or no time, user or reference in it",
        )
    relations = ", ".join(query.reads)
    tables = ", ".join(sources_of(query, contents.relations))
    yield "Read from", f"{relations}; made from {tables}" if tables else relations
    yield "Filters", " ".join(_filters(evidence, contents))
    if query.time is Time.AS_OF:
        yield "State", wording.sentence(wording.state_at(evidence, contents.period))
    if evidence.unmet:
        zone = contents.period.zone
        missing = (
            f"{unmet.title}: {'not held' if unmet.answer == 'no' else f'not held {wording.gaps(unmet.gaps, zone)}'}"
            for unmet in evidence.unmet
        )
        yield "Limits", "; ".join(missing) + ("" if evidence.judged else ". So no row was judged")
    yield "Run again", command_line(evidence)


def _rows(evidence: Evidence) -> str:
    query = evidence.query
    counted = f"; {wording.count(evidence.totals.counted)} by count(*), asked apart" if evidence.totals else ""
    flagged = {Kind.DEVIATION: "exceptions", Kind.INDICATOR: "items for review"}.get(query.kind)
    words = f"{wording.count(evidence.rows)} returned{counted}"
    if flagged:
        words += f"; {wording.count(evidence.flagged)} flagged as {flagged}"
    if evidence.population is not None:
        words += f"; from {wording.count(evidence.population)} {query.noun}"
    return words


def _totals(totals: Totals) -> Iterator[str]:
    if totals.time is not None and totals.first_at is not None and totals.last_at is not None:
        first, last = wording.utc(totals.first_at), wording.utc(totals.last_at)
        yield f"{totals.time.label} from {first} to {last}"
    if totals.days:
        day = max(totals.days, key=lambda day: (totals.days[day], day))
        yield f"rows on {wording.count(len(totals.days), 'day')} (UTC), the most, {totals.days[day]:,}, on {day}"
    if totals.people is not None:
        yield wording.count(totals.people, "user name")
    for rows in totals.references:
        if rows.lowest is not None:
            yield f"{rows.table} {rows.lowest} to {rows.highest} in {wording.count(rows.rows, 'row')}"


def _filters(evidence: Evidence, contents: PackContents) -> Iterator[str]:
    query = evidence.query
    if "since" in evidence.parameters:
        yield f"From {contents.period.span}, the end excluded."
    for parameter in query.parameters:
        if not parameter.is_window:
            yield f"{parameter.name} = {wording.setting(evidence.parameters.get(parameter.name))}: {parameter.help}"
    if not query.parameters:
        yield "None but those in its SQL."
