"""The register of a report: every flagged row once, with the controls that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from auditctl.catalogue.model import Kind
from auditctl.render.arrangement import FLAG_REASON
from auditctl.render.contents import PackContents
from auditctl.render.wording import remarks
from auditctl.run.evidence import Evidence, row_names


@dataclass(frozen=True, slots=True)
class Item:
    """A flagged row, which somebody has to decide about."""

    evidence: str
    """Name of the evidence: where its rows are."""
    kind: Kind
    controls: tuple[str, ...]
    title: str
    """Title of the query."""
    key: str
    """What identifies the row in its evidence: its source_ref, or the values of the query's key."""
    place: int
    """Place among the flagged rows of its evidence, from 1."""
    reason: str | None
    """Why it is flagged, where the query says it per row."""
    waiver: str | None
    """What management says of it, where it does."""


def register_of(contents: PackContents, kind: Kind | None = None) -> Iterator[Item]:
    """Yield the flagged rows of a report by control, those of `kind` alone where one is given; each once."""
    controls: dict[str, list[str]] = {}
    waivers: dict[str, dict[str, str]] = {}
    for result in contents.results:
        for outcome in result.outcomes:
            if outcome.evidence is not None:
                known = controls.setdefault(outcome.evidence.name, [])
                known += [result.control.id] if result.control.id not in known else []
                waivers[outcome.evidence.name] = remarks(outcome)
    for name, belongs_to in controls.items():
        evidence = contents.evidence[name]
        if evidence.flagged and kind in (None, evidence.query.kind):
            yield from _items(evidence, tuple(belongs_to), waivers[name])


def _items(evidence: Evidence, controls: tuple[str, ...], waivers: Mapping[str, str]) -> Iterator[Item]:
    query = evidence.query
    places = count(1)
    for batch in evidence.flagged_rows().batches():
        keys = row_names(query, batch)
        reasons = batch.column(FLAG_REASON).to_pylist() if query.declares_flag else [None] * len(keys)
        for key, reason in zip(keys, reasons, strict=True):
            yield Item(evidence.name, query.kind, controls, query.title, key, next(places), reason, waivers.get(key))
