"""What a report says of the population itself: which actions the log holds, and what was replaced by markers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditctl.catalogue.action_rules import ActionRule
from auditctl.population.model import Population

_BATCH = 50_000
_MARKER = r"<[a-z]+:[0-9a-f]{10}>"


@dataclass(frozen=True, slots=True)
class SeenAction:
    """One action of the log, in the period up to the cut-off."""

    action: str
    rows: int
    rule: ActionRule | None
    """What it means; None where the catalogue does not know it."""


@dataclass(frozen=True, slots=True)
class RedactedTexts:
    """What was done to the SQL that users ran or stored, each distinct text counted once."""

    texts: int
    unread: int
    """Those that no parser could read: of them only a hash is shown."""
    markers: int
    """Markers in those that are shown."""


def seen_actions(population: Population, rules: Iterable[ActionRule]) -> tuple[SeenAction, ...]:
    """Return the actions of the period, by name; none where the run did not read the log row by row."""
    if "log_rows" not in population.relations:
        return ()
    window = (population.period.since, population.cut_off)
    since, until = (moment.astimezone(UTC).replace(tzinfo=None) for moment in window)
    found: Counter[tuple[str, str]] = Counter()
    with pq.ParquetFile(population.path("log_rows")) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=["occurred_at", "action", "rule"]):
            at = batch.column("occurred_at")
            inside = batch.filter(pc.and_(pc.greater_equal(at, since), pc.less(at, until)))
            found.update(
                zip(
                    pc.fill_null(inside.column("action"), "").to_pylist(),
                    pc.fill_null(inside.column("rule"), "").to_pylist(),
                    strict=True,
                )
            )
    by_name = {rule.name: rule for rule in rules}
    return tuple(SeenAction(action, rows, by_name.get(rule)) for (action, rule), rows in sorted(found.items()))


def redacted_texts(population: Population) -> RedactedTexts | None:
    """Return what was done to SQL; None where the run read none."""
    if "sql_facts" not in population.relations:
        return None
    texts = unread = markers = 0
    with pq.ParquetFile(population.path("sql_facts")) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=["shown"]):
            shown = batch.column("shown")
            texts += len(shown)
            unread += shown.null_count
            markers += pc.sum(pc.count_substring_regex(shown, _MARKER)).as_py() or 0
    return RedactedTexts(texts, unread, markers)
