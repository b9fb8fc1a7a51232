"""The report for machines: everything that the pages say, but no rows; these are in `evidence/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from auditctl.assess.model import ControlResult, Outcome
from auditctl.population.model import EVER, Capability, Gap, InputFile, TableExtract
from auditctl.population.waivers import Waiver
from auditctl.render.changes import changes_dict
from auditctl.render.contents import PackContents
from auditctl.render.values import exact_value, instant
from auditctl.run.dictionary import SeenAction
from auditctl.run.evidence import Evidence, Totals, Unmet
from auditctl.source.interface import SourceFacts

SCHEMA = "auditctl-report/1"

Json = dict[str, object]


def report_dict(contents: PackContents) -> Json:
    """Return the report as JSON-safe values; instants are UTC with `Z`, spans half-open.

    The names are a promise that the schema's number stands for: report-1.schema.json describes each of them. Equal
    contents give equal values in equal order.
    """
    population = contents.population
    return {
        "schema": SCHEMA,
        "pack": {
            "name": contents.name,
            "id": contents.pack_id,
            "status": contents.status,
            "status_reasons": list(contents.status_reasons),
            "supersedes": contents.supersedes or None,
            "generated_at": instant(contents.generated_at),
            "generated_by": contents.generated_by,
            "tool": contents.tool,
            "catalogue_sha256": contents.catalogue_sha256,
        },
        "framework": {
            "id": contents.framework.id,
            "title": contents.framework.title,
            "edition": contents.framework.edition,
            "noun": contents.framework.noun,
            "sha256": contents.framework.sha256,
            "shipped": contents.framework.shipped,
        },
        "period": _period(contents),
        "cut_off": instant(contents.cut_off),
        "sources": [source_dict(source) for source in population.sources],
        "population": _population(contents),
        "input_notes": list(contents.input_notes),
        "capabilities": [
            _capability(capability, contents) for _, capability in sorted(population.capabilities.items())
        ],
        "controls": [_control(result) for result in contents.results],
        "not_addressed": [
            {
                "id": control.id,
                "own_ids": list(control.own_ids),
                "title": control.title,
                "note": control.note,
            }
            for control in contents.not_addressed
        ],
        "settings": dict(sorted(contents.settings.items())),
        "changes": changes_dict(contents.changes) if contents.changes else None,
    }


def _period(contents: PackContents) -> Json:
    period = contents.period
    zone = ZoneInfo(period.zone)
    return {
        "label": period.label,
        "zone": period.zone,
        "since": instant(period.since),
        "until": instant(period.until),
        "since_local": period.since.astimezone(zone).isoformat(),
        "until_local": period.until.astimezone(zone).isoformat(),
    }


def source_dict(source: SourceFacts) -> Json:
    """Return the facts of a source as JSON-safe values."""
    point = source.read_point
    return {
        "id": source.source_id,
        "alias": source.alias,
        "dialect": source.dialect,
        "server_version": source.server_version,
        "schema": source.schema,
        "superset_version": source.superset_version,
        "revision": source.revision,
        "profile": source.profile,
        "role": {
            "name": source.role.name,
            "may_modify_log": source.role.may_modify,
            "powers": list(source.role.powers),
        },
        "zone": source.zone,
        "clock_skew_seconds": source.clock_skew,
        "read_point": {
            "kind": point.kind,
            "value": point.value,
            "taken_at": instant(point.taken_at),
            "standby": point.standby,
            "lag_seconds": point.lag,
            "writing_since": instant(point.writing_since) if point.writing_since else None,
        },
    }


def _population(contents: PackContents) -> Json:
    population = contents.population
    texts = contents.redacted_texts
    return {
        "extracted_since": instant(population.extracted_since),
        "now": instant(population.now),
        "now_is_set": population.now_is_set,
        "zone_rules": population.zone_rules,
        "notes": list(population.notes),
        "counts_agree": not population.mismatches,
        "tables": [_table(table) for table in sorted(population.tables, key=lambda t: (t.source_id, t.name))],
        "relations": {
            name: {"rows": file.rows, "sha256": file.sha256} for name, file in sorted(population.relations.items())
        },
        "redactions": dict(sorted(population.redactions.items())),
        "sql": {"shown": population.sql, "redaction_key": population.redaction_key or None},
        "redacted_texts": None
        if texts is None
        else {"texts": texts.texts, "unread": texts.unread, "markers": texts.markers},
        "unmapped": dict(sorted(population.unmapped.items())),
        "actions": [_action(seen) for seen in contents.actions],
        "inputs": [input_dict(file) for file in sorted(population.inputs, key=lambda file: (file.name, file.file))],
    }


def _action(seen: SeenAction) -> Json:
    rule = seen.rule
    return {
        "action": seen.action,
        "rule": rule.name if rule else None,
        "kind": rule.kind if rule else None,
        "rows": seen.rows,
        "meaning": rule.meaning if rule else None,
    }


def input_dict(file: InputFile) -> Json:
    """Return what is known of a file that the user gave, as JSON-safe values."""
    return {
        "name": file.name,
        "file": file.file,
        "sha256": file.sha256,
        "rows": file.rows,
        "as_of": file.as_of.isoformat() if file.as_of else None,
        "origin": file.origin or None,
        "note": file.note,
    }


def _waiver(waiver: Waiver, *, holds: bool) -> Json:
    return {
        "key": waiver.key,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "holds": holds,
    }


def _table(table: TableExtract) -> Json:
    return {
        "source_id": table.source_id,
        "name": table.name,
        "rows": table.rows,
        "counted": table.counted,
        "unreadable": table.unreadable,
        "min_id": table.min_id,
        "max_id": table.max_id,
        "min_at": _instant_or_none(table.min_at),
        "max_at": _instant_or_none(table.max_at),
        "sha256": table.sha256,
        "unreadable_rows": [{"source_ref": row.source_ref, "reason": row.reason} for row in table.unreadable_rows],
    }


def _capability(capability: Capability, contents: PackContents) -> Json:
    covered = capability.over(contents.period.since, contents.cut_off)
    return {
        "name": capability.name,
        "title": capability.title,
        "covered": covered.answer,
        "gaps": _gaps(covered.gaps),
        "held": [
            {
                "since": None if span.since == EVER else instant(span.since),
                "until": instant(span.until),
                "by": span.by,
                "reason": span.reason,
            }
            for span in capability.held
        ],
        "reason": None if covered.answer == "yes" else capability.reason,
        "remedy": None if covered.answer == "yes" else capability.remedy,
    }


def _control(result: ControlResult) -> Json:
    return {
        "id": result.control.id,
        "own_ids": list(result.control.own_ids),
        "title": result.control.title,
        "note": result.control.note,
        "headline": str(result.headline),
        "sentence": result.sentence,
        "counts": {str(word): number for word, number in sorted(result.counts.items())},
        "tests": [_test(outcome) for outcome in result.outcomes],
    }


def _test(outcome: Outcome) -> Json:
    return {
        "id": outcome.test.id,
        "procedure": outcome.test.procedure,
        "outcome": str(outcome.word),
        "sentence": outcome.sentence,
        "covered": outcome.covered.answer,
        "gaps": _gaps(outcome.covered.gaps),
        "proof": list(outcome.proof),
        "accepted": outcome.accepted,
        "accepted_until": outcome.accepted_until.isoformat() if outcome.accepted_until else None,
        "waivers": [_waiver(waiver, holds=waiver not in outcome.ended) for waiver in outcome.waivers],
        "threshold_notes": list(outcome.threshold_notes),
        "input_notes": list(outcome.input_notes),
        "cannot_prove": list(outcome.test.cannot_prove),
        "elsewhere": list(outcome.test.elsewhere),
        "evidence": None if outcome.evidence is None else _evidence(outcome.evidence),
    }


def _evidence(evidence: Evidence) -> Json:
    query = evidence.query
    return {
        "query": query.id,
        "folder": f"evidence/{evidence.name}",
        "version": query.version,
        "query_sha256": query.sha256,
        "shipped": query.shipped,
        "kind": str(query.kind),
        "time": str(query.time),
        "state_at": instant(evidence.state_at),
        "parameters": _parameters(evidence.parameters),
        "rows": evidence.rows,
        "flagged": evidence.flagged,
        "event_outcomes": dict(evidence.event_outcomes),
        "denominator": query.denominator,
        "denominator_noun": query.noun or None,
        "population": evidence.population,
        "rows_sha256": evidence.sha256,
        "totals": None if evidence.totals is None else _totals(evidence.totals),
        "unmet": [_unmet(unmet) for unmet in evidence.unmet],
    }


def _totals(totals: Totals) -> Json:
    return {
        "counted": totals.counted,
        "time": totals.time.name if totals.time else None,
        "first_at": _instant_or_none(totals.first_at),
        "last_at": _instant_or_none(totals.last_at),
        "days": {day.isoformat(): rows for day, rows in totals.days.items()},
        "people": totals.people,
        "references": [
            {"table": rows.table, "rows": rows.rows, "lowest": rows.lowest, "highest": rows.highest}
            for rows in totals.references
        ],
    }


def _parameters(parameters: Mapping[str, object]) -> Json:
    return {name: exact_value(value) for name, value in sorted(parameters.items())}


def _unmet(unmet: Unmet) -> Json:
    return {
        "capability": unmet.capability,
        "title": unmet.title,
        "covered": unmet.answer,
        "gaps": _gaps(unmet.gaps),
        "held_since": _instant_or_none(unmet.held_since),
        "reason": unmet.reason,
        "remedy": unmet.remedy,
    }


def _gaps(gaps: Iterable[Gap]) -> list[Json]:
    return [{"since": instant(gap.since), "until": instant(gap.until)} for gap in gaps]


def _instant_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
