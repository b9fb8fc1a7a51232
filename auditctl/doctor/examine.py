"""Examine an open source by bounded probes."""

from __future__ import annotations

from datetime import datetime, timedelta

from auditctl.catalogue.model import Catalogue
from auditctl.doctor.absence import find_absence
from auditctl.doctor.activity import Samples, find_activity, take_samples
from auditctl.doctor.capabilities import find_states
from auditctl.doctor.findings import find_findings
from auditctl.doctor.indexes import advise
from auditctl.doctor.model import Examination, TableState
from auditctl.doctor.months import find_months
from auditctl.doctor.retention import NO_MONTHS, read_retention
from auditctl.doctor.tables import examine_tables, find_unread
from auditctl.population.capabilities import Span, month_spans
from auditctl.settings import Settings
from auditctl.source.database import DatabaseSource
from auditctl.source.tables import table_specs

_NOTHING = Samples((), (), (), complete=True)


def examine(source: DatabaseSource, catalogue: Catalogue, settings: Settings, *, exact: bool) -> Examination:
    """Return what the source is and what it can hold.

    Args:
        source: An open source; what its account may not read is left alone, and named.
        catalogue: The closed list of capabilities, and the actions.
        settings: Zones, files, when Superset went into service, the pretended present.
        exact: Scan the tables: rows are counted, and all rows of the log are looked at.

    Raises:
        SourceError: the source failed midway.
        InputFileError: a file that the settings name cannot be used.
    """
    facts = source.facts
    present = settings.now or facts.read_point.taken_at
    unread = tuple(find_unread(source))
    tables = tuple(examine_tables(source, unread, exact=exact))
    logs = next((table for table in tables if table.name == "logs"), None)
    edges = (logs.lowest, logs.highest) if logs and logs.lowest and logs.highest else None
    readable = set(facts.tables.get("logs", ())) - set(source.denied.get("logs", ()))
    samples, activity = _NOTHING, None
    if edges and "action" in readable:
        samples = take_samples(source, exact=exact, beats="json" in readable)
        activity = find_activity(source, samples, edges, catalogue, present)
    since = edges[0].at if edges and not exact else None
    if since is None and activity is not None:
        since = activity.first_at
    silence = settings.report.longest_silence
    stretches = {table.name: _stretches(source, table, present, silence, exact=exact) for table in tables}
    months = NO_MONTHS
    if edges and since:
        months = find_months(source, edges, since, present, actions="action" in readable)
    retention = read_retention(since, present, settings.source.in_service_since, months)
    absences = (find_absence(table, facts.dialect) for table in tables if table.name in ("logs", "query"))
    return Examination(
        where=source.where,
        facts=facts,
        present=present,
        exact=exact,
        bytes=source.size(),
        findings=tuple(find_findings(facts, tables, unread, samples, retention, present)),
        tables=tables,
        unread=unread,
        activity=activity,
        capabilities=find_states(catalogue, settings, facts, stretches, unread, samples, present),
        retention=retention,
        absences=tuple(absence for absence in absences if absence),
        indexes=advise(logs, source.indexes(table_specs()["logs"]), facts.dialect, source.log_time) if logs else None,
    )


def _stretches(
    source: DatabaseSource, table: TableState, present: datetime, silence: timedelta, *, exact: bool
) -> list[Span]:
    """Return the spans in which a table has rows; where it is not scanned, one from the row with the lowest key on."""
    if exact:
        span = source.span(table_specs()[table.name])
        return month_spans(span.months, present, silence) if span else []
    return [(table.lowest.at, present)] if table.lowest and table.lowest.at else []
