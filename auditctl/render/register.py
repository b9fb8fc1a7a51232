"""The register of a report: every flagged row once, with the controls that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditctl.catalogue.model import Kind
from auditctl.render.arrangement import FLAG_REASON
from auditctl.render.contents import PackContents
from auditctl.run.evidence import Evidence


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
    reason: str | None
    """Why it is flagged, where the query says it per row."""


def register_of(contents: PackContents, kind: Kind | None = None) -> Iterator[Item]:
    """Yield the flagged rows of a report by control, those of `kind` alone where one is given; each once."""
    controls: dict[str, list[str]] = {}
    for result in contents.results:
        for outcome in result.outcomes:
            if outcome.evidence is not None:
                known = controls.setdefault(outcome.evidence.name, [])
                known += [result.control.id] if result.control.id not in known else []
    for name, belongs_to in controls.items():
        evidence = contents.evidence[name]
        if evidence.flagged and kind in (None, evidence.query.kind):
            yield from _items(evidence, tuple(belongs_to))


def _items(evidence: Evidence, controls: tuple[str, ...]) -> Iterator[Item]:
    query = evidence.query
    columns = [*query.key, *([FLAG_REASON] if query.declares_flag else [])]
    for batch in evidence.flagged_rows().batches():
        for record in zip(*(batch.column(column).to_pylist() for column in columns), strict=True):
            key = " ".join(str(value) for value in record[: len(query.key)])
            yield Item(
                evidence.name, query.kind, controls, query.title, key, record[-1] if query.declares_flag else None
            )
