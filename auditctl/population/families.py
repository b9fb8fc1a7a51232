"""The actions that a log holds, as capabilities name their families."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from auditctl.catalogue.action_rules import EXTENDED
from auditctl.catalogue.model import Catalogue
from auditctl.source.interface import EXTENDED as EXTENDED_PROFILE
from auditctl.source.interface import HEARTBEAT, ActionRows, SourceFacts


@dataclass(slots=True)
class Families:
    """Action, or kind of action of an extended log, -> its first and its last row, aware UTC."""

    firsts: dict[str, datetime] = field(default_factory=dict)
    lasts: dict[str, datetime] = field(default_factory=dict)

    def add(self, name: str, first: datetime, last: datetime) -> None:
        """Take rows between two times for a family."""
        self.firsts[name] = min(first, self.firsts.get(name, first))
        self.lasts[name] = max(last, self.lasts.get(name, last))


def find_families(rows: Iterable[ActionRows], facts: SourceFacts, catalogue: Catalogue) -> Families:
    """Return the families of the rows of a log; those without action or time are of none."""
    families = Families()
    extended = facts.profile == EXTENDED_PROFILE
    payloads = "json" in facts.tables.get("logs", ())
    for row in rows:
        if row.action is None or row.first_at is None or row.last_at is None:
            continue
        rule = catalogue.lookup_action(row.action, extended=extended, own=row.own)
        if rule is None or not rule.name.startswith(EXTENDED):
            # Without a payload a heartbeat names no kind: it bounds nothing.
            if payloads or row.action != HEARTBEAT:
                families.add(row.action, row.first_at, row.last_at)
            continue
        family = f"extended:{rule.kind}"
        families.add(family, row.first_at, row.last_at)
        if not payloads:
            families.add(f"{family}:alone", row.first_at, row.last_at)
        if rule.outcome == "failed":
            families.add(f"{family}:failed", row.first_at, row.last_at)
        elif row.first_outcome_at is not None:
            families.add(f"{family}:outcome", row.first_outcome_at, row.last_at)
        if row.first_text_at is not None and facts.log_statements:
            families.add(f"{family}:text", row.first_text_at, row.last_at)
    return families


def log_columns(facts: SourceFacts) -> tuple[str, ...] | None:
    """Return the columns of an extended log; None where it is Superset's own."""
    return facts.tables["logs"] if facts.profile == EXTENDED_PROFILE else None


def summed_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[ActionRows]:
    """Yield the actions of `log_summary`."""
    found = connection.execute(
        "SELECT action, CAST(sum(rows) AS BIGINT), min(first_at), max(last_at), coalesce(own, FALSE),"
        " min(first_outcome_at), min(first_text_at) FROM log_summary GROUP BY action, coalesce(own, FALSE)"
    ).fetchall()
    for action, rows, first, last, own, outcome, text in found:
        yield ActionRows(action, rows, _aware(first), _aware(last), own, _aware(outcome), _aware(text))


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
