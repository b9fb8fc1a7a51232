"""Every capability of the closed list, as far as the rows looked at show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from auditctl.catalogue.model import CapabilityRule, Catalogue
from auditctl.doctor.activity import Samples
from auditctl.doctor.model import CapabilityState, Unread
from auditctl.population.capabilities import Span, find_capabilities, in_family, join_beats
from auditctl.population.declared import declared_by
from auditctl.population.families import find_families, log_columns
from auditctl.population.given import read_given
from auditctl.population.model import Capability
from auditctl.settings import Settings
from auditctl.source.interface import SourceFacts


def find_states(
    catalogue: Catalogue,
    settings: Settings,
    facts: SourceFacts,
    stretches: Mapping[str, Sequence[Span]],
    unread: Iterable[Unread],
    samples: Samples,
    present: datetime,
) -> tuple[CapabilityState, ...]:
    """Return every capability, in the order of the list; `stretches` are the spans in which the tables have rows.

    Raises:
        InputFileError: a file that the settings name cannot be used.
    """
    barred = {one.table: one for one in unread}
    rules = catalogue.capabilities.values()
    found = find_capabilities(
        rules,
        find_families((*samples.earliest, *samples.latest), facts, catalogue).firsts,
        join_beats(samples.beats),
        facts.tables,
        stretches,
        declared_by(settings, read_given(settings), facts),
        present,
        present,
        lasts=find_families(samples.latest, facts, catalogue).lasts,
        extended=log_columns(facts),
    )
    earliest = find_families(samples.earliest, facts, catalogue).firsts
    return tuple(_state(rule, found[rule.name], barred, samples, earliest) for rule in rules)


def _state(
    rule: CapabilityRule,
    capability: Capability,
    barred: Mapping[str, Unread],
    samples: Samples,
    earliest: Iterable[str],
) -> CapabilityState:
    if unread := next((barred[table] for table in rule.tables if table in barred), None):
        reason = f"{unread.table} cannot be read in full: {unread.reason}."
        # What the user declared stands, whatever can be read.
        held = tuple(span for span in capability.held if span.by == "file")
        return CapabilityState(
            replace(capability, held=held, reason=reason, remedy=f"{unread.remedy}."), at_least=False
        )
    if rule.kind not in ("events", "details") or samples.complete:
        return CapabilityState(capability, at_least=False)
    if capability.held:
        early = any(in_family(name, rule.actions) for name in earliest)
        exact = early and all(span.by != "recorder" for span in capability.held)
        return CapabilityState(capability, at_least=not exact)
    reason = f"Not seen in the {samples.rows:,} rows looked at. {capability.reason}"
    return CapabilityState(replace(capability, reason=reason), at_least=False)
