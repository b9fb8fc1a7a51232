"""How many of the acts that left rows were found, missed or told wrong."""

from __future__ import annotations

from collections import Counter

from tests.fixture.built import Built

from .printed import REFUSED
from .truth import EDITS, Act, acts

_NUMBERS = ("acts", "found", "missed", "wrong")


def take_stock(version: str, built: Built) -> dict[str, tuple[int, ...]]:
    """Set the acts that left rows in this version against the events that were read from them.

    Returns:
        Kind of act -> the numbers of acts, found, missed and wrong. An act is found where the event of its rows has its
        account, kind, verb, object and outcome; wrong where that event says anything else, as is an event of no act;
        missed where there is none.
    """
    rows = built.rows("SELECT source_ref, username, kind, verb, object_type, object_id, event_outcome FROM events")
    told = {ref: tuple(rest) for ref, *rest in rows}
    counts: Counter[tuple[str, str]] = Counter()
    for act in acts(version):
        event = told.pop(act.source_ref, None)
        counts.update([(act.kind, "acts"), (act.kind, _verdict(act, event))])
        if act.refused and act.kind in EDITS:
            counted = event is not None and event[-1] == "succeeded"
            counts.update([(REFUSED, "acts"), (REFUSED, "wrong" if counted else "found")])
    counts.update((str(kind), "wrong") for _, kind, *_ in told.values())
    kinds = sorted({kind for kind, _ in counts} - {REFUSED})
    return {kind: tuple(counts[kind, number] for number in _NUMBERS) for kind in (*kinds, REFUSED)}


def _verdict(act: Act, event: tuple[object, ...] | None) -> str:
    if event is None:
        return "missed"
    return "found" if event == (*act.named, act.event_outcome) else "wrong"
