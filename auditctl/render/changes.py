"""What changed since the previous pack: for machines, and as rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterator

from auditctl.assess.changes import Changes, Difference, ExceptionChange, OutcomeChange, OutcomeFacts
from auditctl.population.recount import Recount
from auditctl.render import wording
from auditctl.render.values import instant

Json = dict[str, object]


def changes_dict(changes: Changes) -> Json:
    """Return the changes as JSON-safe values; `before` and `after` are null where there was nothing."""
    previous = changes.previous
    return {
        "previous": {
            "name": previous.name,
            "id": previous.pack_id,
            "status": previous.status,
            "period": previous.period.label,
            "since": instant(previous.period.since),
            "until": instant(previous.period.until),
        },
        "sentence": changes.sentence,
        "notes": list(changes.notes),
        "matched": changes.matched,
        "counts": {str(fate): number for fate, number in changes.counts.items()},
        "exceptions": [_exception(change) for change in changes.exceptions],
        "tests": [_test(change) for change in changes.tests],
        "rules": [_difference(difference) for difference in changes.rules],
        "settings": [_difference(difference) for difference in changes.settings],
        "inputs": [_difference(difference) for difference in changes.files],
        "source": [_difference(difference) for difference in changes.source],
        "recounts": [_recount(one) for one in changes.recounts],
    }


def change_rows(changes: Changes) -> Iterator[tuple[object, ...]]:
    """Yield rows of: what it is, how it changed, where, the row, before, now, remark."""
    previous = changes.previous
    yield "Previous pack", previous.status, previous.name, None, previous.period.span, None, None
    for note in changes.notes:
        yield "How far the packs compare", None, None, None, None, None, note
    for one in changes.recounts:
        yield "Rows of the log counted again", None, one.alias, None, f"{one.then:,}", f"{one.now:,}", one.sentence
    for change in changes.exceptions:
        found = change.found
        yield "Exception", str(change.fate), found.evidence, found.key, None, found.reason, change.remark
    for test in changes.tests:
        what = "changed" if test.differs else "as it was"
        name = f"{test.latest.control} {test.latest.test}"
        yield "Test", what, name, None, result(test.before), result(test.after), test.latest.procedure
    parts = (
        ("Query or catalogue", changes.rules),
        ("Setting", changes.settings),
        ("Input file", changes.files),
        ("Source", changes.source),
    )
    for name, differences in parts:
        for difference in differences:
            yield name, "changed", difference.what, None, difference.before, difference.after, None


def result(tested: OutcomeFacts | None) -> str:
    """Return a test's outcome with its counts: `Exceptions noted: 1 flagged, 12 rows, population 40`."""
    if tested is None:
        return "not part of the report"
    said = ", ".join(_said(tested))
    return f"{tested.outcome}: {said}" if said else tested.outcome


def _said(tested: OutcomeFacts) -> Iterator[str]:
    if tested.flagged is not None:
        yield f"{tested.flagged:,} flagged"
    if tested.rows is not None:
        yield wording.count(tested.rows, "row")
    if tested.population is not None:
        yield f"population {tested.population:,}"


def _exception(change: ExceptionChange) -> Json:
    found = change.found
    return {
        "fate": str(change.fate),
        "evidence": found.evidence,
        "title": found.title,
        "key": found.key,
        "reason": found.reason,
        "remark": change.remark or None,
    }


def _test(change: OutcomeChange) -> Json:
    return {
        "control": change.latest.control,
        "id": change.latest.test,
        "before": _counts(change.before),
        "after": _counts(change.after),
    }


def _counts(tested: OutcomeFacts | None) -> Json | None:
    if tested is None:
        return None
    return {
        "outcome": tested.outcome,
        "rows": tested.rows,
        "flagged": tested.flagged,
        "population": tested.population,
    }


def _recount(one: Recount) -> Json:
    return {
        "source_id": one.source_id,
        "since": instant(one.since),
        "until": instant(one.until),
        "then": one.then,
        "now": one.now,
        "late_with_new_ids": one.after,
        "lowest_new_id": one.lowest,
        "highest_new_id": one.highest,
        "late_with_earlier_ids": one.passed,
        "gone": one.gone,
    }


def _difference(difference: Difference) -> Json:
    return {"what": difference.what, "before": difference.before, "after": difference.after}
