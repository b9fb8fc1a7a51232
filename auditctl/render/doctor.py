"""What the doctor found, on a terminal: what to act on first, the facts after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rich.console import Console

from auditctl.catalogue.model import Column, ColumnType
from auditctl.doctor.model import Activity, CapabilityState, Count, Edge, Examination, Finding, Known, TableState
from auditctl.population.model import EVER, Held
from auditctl.render.table import write_pairs, write_rows, write_text

_LABELS: Final = {
    "role_may_modify": "Role",
    "row_security": "Rows may be hidden",
    "not_granted": "Not granted",
    "zone_undeclared": "Zone",
    "clock_skew": "Clock",
    "standby_lag": "Standby",
    "never_analysed": "Statistics",
    "log_missing": "Log",
    "log_empty": "Log",
    "log_silent": "Log",
    "retention_short": "Retention",
}
_LOUD: Final = ("role_may_modify", "row_security")
_MARGIN: Final = "  "
_COMMONEST: Final = 10
_UNMAPPED: Final = 20
_SPANS: Final = 5
_TABLES: Final = (
    Column("name", "Table", ColumnType.TEXT),
    Column("rows", "Rows", ColumnType.TEXT),
    Column("bytes", "Size", ColumnType.TEXT),
    Column("lowest", "Lowest id", ColumnType.TEXT),
    Column("highest", "Highest id", ColumnType.TEXT),
)
_ACTIONS: Final = (
    Column("action", "Action", ColumnType.TEXT),
    Column("rows", "Rows", ColumnType.INTEGER),
    Column("kind", "Kind", ColumnType.TEXT),
)

Pairs = Iterator[tuple[str, object]]


def write_examination(found: Examination, console: Console) -> None:
    """Print an examination, folded to the console's width."""
    _write_findings(found, console)
    _write_section("Source", console)
    write_pairs(_source(found), console)
    _write_log(found, console)
    _write_section("What it can hold", console)
    for state in found.capabilities:
        write_text(state.capability.title, console, "" if state.capability.held else "yellow")
        for line in _held(state, found.present):
            write_text(line, console, "dim", margin=_MARGIN)
    _write_section("Retention", console)
    write_text(found.retention.before, console)
    for reading in found.retention.readings:
        write_text(f"{reading.requirement}: {reading.asks}", console)
        write_text(reading.sentence, console, "dim", margin=_MARGIN)
    _write_section("Tables", console)
    sized = any(table.bytes is not None for table in found.tables)
    columns = [column for column in _TABLES if sized or column.name != "bytes"]
    write_rows(columns, (_table(table, sized=sized) for table in found.tables), console)
    if not found.exact:
        console.print()
        write_text("Bounded probes only. --exact counts every row and looks at all of them.", console, "dim")


def _write_findings(found: Examination, console: Console) -> None:
    count = len(found.findings)
    said = "nothing to act on" if not count else "1 thing to act on" if count == 1 else f"{count} things to act on"
    write_text(f"{found.where}: {said}", console, "bold")
    for finding in found.findings:
        _write_finding(finding, console)
    if found.unread:
        _write_section("Not looked at", console)
    for one in found.unread:
        write_text(f"{one.table}: {one.reason}", console)
        write_text(one.remedy, console, "dim", margin=_MARGIN)


def _write_finding(finding: Finding, console: Console) -> None:
    loud = finding.code in _LOUD
    console.print()
    write_text(_LABELS[finding.code], console, "bold red" if loud else "bold yellow")
    write_text(finding.sentence, console, "bold" if loud else "", margin=_MARGIN)
    write_text(finding.remedy, console, "dim", margin=_MARGIN)


def _write_section(title: str, console: Console) -> None:
    console.print()
    write_text(title, console, "bold")


def _source(found: Examination) -> Pairs:
    facts, point = found.facts, found.facts.read_point
    yield "database", f"{facts.server_version}, {_size(found.bytes)}"
    revision = f"revision {facts.revision} of alembic_version" if facts.revision else "alembic_version says nothing"
    yield "Superset", f"{facts.superset_version or 'release not known'} ({revision})"
    if facts.schema:
        yield "schema", facts.schema
    yield "profile", facts.profile
    yield "source id", f"{facts.source_id} ({facts.alias})"
    lag = "" if point.lag is None else f", {point.lag:,.1f} s behind its primary"
    yield "read at", f"{_time(point.taken_at)} ({point.kind}{lag})"
    yield "role", facts.role.sentence
    skew = "the host's own" if facts.clock_skew is None else f"{facts.clock_skew:+,.3f} s against this host's"
    yield "clock", skew
    yield "zone", facts.zone or "not declared"
    for note in facts.notes:
        yield "note", note


def _write_log(found: Examination, console: Console) -> None:
    activity = found.activity
    logs = next((table for table in found.tables if table.name == "logs"), None)
    if logs is None:
        return
    _write_section("Log", console)
    write_pairs(_log(found, logs), console)
    if activity is None:
        return
    _write_section(f"Commonest actions of {_looked_at(activity)}", console)
    shown = activity.actions[:_COMMONEST]
    write_rows(_ACTIONS, ((one.action or "(none)", one.rows, one.kind or "unmapped") for one in shown), console)
    if unmapped := activity.unmapped:
        names = ", ".join(one.action or "(none)" for one in unmapped[:_UNMAPPED])
        more = f" and {len(unmapped) - _UNMAPPED:,} more" if len(unmapped) > _UNMAPPED else ""
        console.print()
        write_text(f"Not known to actions.toml: {names}{more}.", console)


def _looked_at(activity: Activity) -> str:
    return f"all {activity.latest:,} rows" if activity.complete else f"the latest {activity.latest:,} rows by id"


def _log(found: Examination, logs: TableState) -> Pairs:
    yield "rows", _count(logs.rows)
    if logs.bytes is not None:
        yield "size", _size(logs.bytes)
    yield "oldest", _row(logs.lowest)
    yield "newest", _row(logs.highest)
    if activity := found.activity:
        yield "last hour", f"{_count(activity.last_hour)} rows"
        yield "last day", f"{_count(activity.last_day)} rows"
        if growth := activity.growth:
            since, until = _time(growth.since), _time(growth.until)
            yield "growth", f"{growth.per_day:,.0f} rows a day ({growth.rows:,} rows from {since} to {until})"
    for absence in found.absences:
        yield f"ids of {absence.table}", absence.sentence
    if advice := found.indexes:
        yield "index", advice.sentence
        if advice.sql:
            yield "", advice.sql


def _table(table: TableState, *, sized: bool) -> list[object]:
    size = "" if table.bytes is None else _size(table.bytes)
    return [table.name, _count(table.rows), *([size] if sized else []), _edge(table.lowest), _edge(table.highest)]


def _held(state: CapabilityState, present: datetime) -> Iterator[str]:
    capability = state.capability
    if not capability.held:
        yield f"not held. {capability.reason} {capability.remedy}"
    if len(capability.held) > _SPANS:
        yield f"{len(capability.held) - _SPANS:,} earlier spans"
    for span in capability.held[-_SPANS:]:
        least = "; its first row may be older: --exact looks at all rows" if state.at_least else ""
        yield f"held {_span(span, present, at_least=state.at_least)}: {span.reason}{least}"
    if capability.last_row is not None:
        yield f"the last row of the kind is of {_time(capability.last_row)}"
    elif any(span.by == "recorder" for span in capability.held):
        yield "there is no row of the kind among those looked at"


def _span(span: Held, present: datetime, *, at_least: bool) -> str:
    if span.since == EVER:
        return "now"
    until = f" until {_time(span.until)}" if span.until < present else ""
    return f"{'at least ' if at_least else ''}since {_time(span.since)}{until}"


def _count(count: Count) -> str:
    match count.known:
        case Known.ESTIMATED:
            return f"about {count.rows:,} (estimate of the server)"
        case Known.AT_MOST:
            return f"at most {count.rows:,} (by ids)"
        case Known.AT_LEAST:
            return f"{count.rows:,} or more"
    return f"{count.rows:,}"


def _edge(edge: Edge | None) -> str:
    if edge is None:
        return ""
    return f"{edge.key:,}" if edge.at is None else f"{edge.key:,} ({_time(edge.at)})"


def _row(edge: Edge | None) -> str:
    if edge is None:
        return "none"
    return f"{_time(edge.at) if edge.at else 'without a time'} (id {edge.key:,})"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _size(size: int) -> str:
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,} bytes"
