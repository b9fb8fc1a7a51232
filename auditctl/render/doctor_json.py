"""What the doctor found, for machines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from auditctl.doctor.model import (
    Absence,
    ActionState,
    Activity,
    CapabilityState,
    Count,
    Edge,
    Examination,
    IndexAdvice,
    Retention,
    TableState,
)
from auditctl.population.model import EVER, Held
from auditctl.render.report_json import Json, source_dict
from auditctl.render.values import instant

SCHEMA = "auditctl-doctor/1"


def doctor_dict(found: Examination) -> Json:
    """Return the examination as JSON-safe values; instants are UTC with `Z`, spans half-open.

    The names are a promise that the schema's number stands for. A number of rows is `{"rows", "known"}`: counted,
    estimated (by the server), at_most (by ids) or at_least (counting stopped there).
    """
    facts = found.facts
    return {
        "schema": SCHEMA,
        "present": instant(found.present),
        "exact": found.exact,
        "findings": [{"code": one.code, "sentence": one.sentence, "remedy": one.remedy} for one in found.findings],
        "source": {
            **source_dict(facts),
            "where": found.where,
            "revision": facts.revision,
            "bytes": found.bytes,
            "notes": list(facts.notes),
        },
        "tables": [_table(table) for table in found.tables],
        "not_looked_at": [
            {"table": one.table, "columns": list(one.columns), "reason": one.reason, "remedy": one.remedy}
            for one in found.unread
        ],
        "activity": _activity(found.activity) if found.activity else None,
        "capabilities": [_capability(state) for state in found.capabilities],
        "retention": _retention(found.retention),
        "absent_ids": [_absence(absence) for absence in found.absences],
        "indexes": _indexes(found.indexes) if found.indexes else None,
    }


def _table(table: TableState) -> Json:
    return {
        "name": table.name,
        **_count(table.rows),
        "bytes": table.bytes,
        "lowest": _edge(table.lowest),
        "highest": _edge(table.highest),
        "analysed": table.analysed,
    }


def _count(count: Count) -> Json:
    return {"rows": count.rows, "known": count.known.value}


def _edge(edge: Edge | None) -> Json | None:
    return {"id": edge.key, "at": _instant(edge.at)} if edge else None


def _activity(activity: Activity) -> Json:
    growth = activity.growth
    return {
        "rows_looked_at": {
            "earliest": activity.earliest,
            "latest": activity.latest,
            "all": activity.complete,
        },
        "last_hour": _count(activity.last_hour),
        "last_day": _count(activity.last_day),
        "growth": growth
        and {
            "rows": growth.rows,
            "since": instant(growth.since),
            "until": instant(growth.until),
            "rows_per_day": round(growth.per_day, 1),
        },
        "actions": [_action(action) for action in activity.actions],
        "unmapped": [_action(action) for action in activity.unmapped],
    }


def _action(action: ActionState) -> Json:
    return {"action": action.action, "rows": action.rows, "kind": action.kind}


def _capability(state: CapabilityState) -> Json:
    capability = state.capability
    return {
        "name": capability.name,
        "title": capability.title,
        "held": [_held(span) for span in capability.held],
        "at_least": state.at_least,
        "last_row": _instant(capability.last_row),
        "reason": None if capability.held else capability.reason,
        "remedy": None if capability.held else capability.remedy,
    }


def _held(span: Held) -> Json:
    since = None if span.since == EVER else instant(span.since)
    return {"since": since, "until": instant(span.until), "by": span.by, "reason": span.reason}


def _retention(retention: Retention) -> Json:
    return {
        "since": _instant(retention.since),
        "before": retention.before,
        "months": {
            "looked_at": _months(retention.months.looked_at),
            "empty": _months(retention.months.empty),
            "heartbeats_only": _months(retention.months.silent),
        },
        "readings": [
            {
                "requirement": reading.requirement,
                "asks": reading.asks,
                "sentence": reading.sentence,
                "short": reading.short,
            }
            for reading in retention.readings
        ],
    }


def _months(months: Iterable[date]) -> list[str]:
    return [f"{month:%Y-%m}" for month in months]


def _absence(absence: Absence) -> Json:
    return {
        "table": absence.table,
        "below": absence.below,
        "between": absence.between,
        "sentence": absence.sentence,
    }


def _indexes(advice: IndexAdvice) -> Json:
    return {"present": [list(columns) for columns in advice.present], "advice": advice.sentence, "sql": advice.sql}


def _instant(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None
