"""From what was extracted to relations, and what they show: capabilities, notes, what is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from auditctl.apart import Tell
from auditctl.catalogue.model import CapabilityRule, Catalogue, RelationSpec
from auditctl.errors import InputFileError
from auditctl.period import Period, parse_range
from auditctl.population.asked import check_asked
from auditctl.population.capabilities import (
    alive_spans,
    days_with_rows,
    find_capabilities,
    heartbeat_spans,
    month_spans,
)
from auditctl.population.declared import declared_by
from auditctl.population.engine import arrow_schema, engine, show_parquet
from auditctl.population.families import find_families, log_columns, summed_rows
from auditctl.population.given import GivenFiles
from auditctl.population.model import Assertion, Capability, InputFile, RelationFile
from auditctl.population.places import place_notes
from auditctl.population.redaction import Redaction
from auditctl.population.relations import RelationWriter
from auditctl.population.scopes import check_scopes, scope_entries, scope_notes
from auditctl.population.tickets import note_tickets
from auditctl.settings import Scope, Settings
from auditctl.source.interface import TRUST_MARGIN, SourceFacts, Span
from auditctl.source.tables import table_specs
from auditctl.text import show
from auditctl.zones import load_zone

SQL_RELATIONS = {"sql_facts", "sql_tables"}
"""The relations that are made by reading SQL, which takes tables of its own."""
_TIME = pa.timestamp("us")
_TABLE_SPANS = pa.schema([("table_name", pa.string()), ("rows", pa.int64())])
_TABLE_MONTHS = pa.schema([*_TABLE_SPANS, ("first_at", _TIME), ("last_at", _TIME)])
_TRUSTED = (
    "Read with --trust-ids: the log was not scanned. Ids are taken to follow time to within"
    f" {TRUST_MARGIN:,} rows; a row of the window that stands further off was not looked for. What could be held is"
    " judged from the oldest rows and those around the window."
)
_CHANGE_FREEZES = pa.schema([("declared", pa.string()), ("since", pa.timestamp("us")), ("until", pa.timestamp("us"))])


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read of a source, in `folder/raw`, and what relations are made of beside it."""

    folder: Path
    catalogue: Catalogue
    settings: Settings
    given: GivenFiles
    redaction: Redaction
    asked: Scope | None
    """What the command line names, beside the declared scopes."""
    trusted: bool
    """Whether rows of the log were found by ids, with no scan of it."""
    period: Period
    since: datetime
    now: datetime
    sources: tuple[SourceFacts, ...]
    """Superset's database, and the recorder's own where one was read."""
    specs: tuple[RelationSpec, ...]
    rules: Sequence[CapabilityRule]
    spans: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Derived:
    """What was made of it, beside the files of the relations."""

    relations: Mapping[str, RelationFile]
    capabilities: Mapping[str, Capability]
    inputs: tuple[InputFile, ...]
    unmapped: Mapping[str, int]
    notes: tuple[str, ...]
    redaction_key: str
    not_applicable: Mapping[str, Assertion]


def derive(_tell: Tell, work: Extracted) -> Derived:
    """Compute the relations, in an engine of their own.

    Raises:
        InputFileError, SettingsError: an entry is ambiguous or matches nothing.
        UsageError: nothing is known of what is asked for.
    """
    catalogue, settings, given = work.catalogue, work.settings, work.given
    facts, *audits = work.sources
    within = within_audit(audits)
    raw, out = work.folder / "raw", work.folder / "population"
    # One thread: rows leave it in the order in which they came, the same in every run, without a sort that would spill.
    with engine(work.folder, replace(settings.limits, threads=1)) as connection:
        writer = RelationWriter(connection, raw, out, catalogue, work.redaction)
        writer.show_raw(table_specs().values())
        writer.add("run_context", _run_context(catalogue, work.period, work.since, work.now, work.sources, settings))
        writer.add("waivers", given.tables["waivers"])
        for name in ("main_summary", "audit_summary"):
            show_parquet(connection, f"raw.{name}", raw / f"{name}.parquet")
        writer.add_log_summary(joined=bool(audits))
        writer.show_logs(table_specs()["logs"], within)
        unmapped = writer.add_action_rules(facts)
        scopes = settings.scopes if work.asked is None else (*settings.scopes, work.asked)
        writer.add_raw("scope_entries", scope_entries(scopes))
        writer.add_raw("organisation_domains", pa.table({"domain": pa.array(settings.report.domains, pa.string())}))
        writer.add_raw("table_spans", _table_spans(work.spans))
        writer.add_raw("table_months", _table_months(work.spans))
        writer.add_raw("change_freezes", _change_freezes(settings))
        for name, table in given.tables.items():
            writer.add_raw(name, table)
        if SQL_RELATIONS & {spec.name for spec in work.specs}:
            writer.add_sql_texts(settings.limits.threads)
        writer.add_shown_texts()
        writer.compute(work.specs)
        _check_people(writer, given)
        check_scopes(writer, settings)
        if work.asked is not None:
            check_asked(writer, work.asked)
        trusted = (_TRUSTED,) if work.trusted else ()
        notes = (*facts.notes, *trusted, *scope_notes(writer), *writer.repeat_notes())
        for audit in audits:
            notes += tuple(place_notes(connection, audit.alias))
        inputs = tuple(note_tickets(given.files, writer))
        declared = declared_by(settings, given, facts, audited=bool(audits))
        families = find_families(summed_rows(connection), facts, catalogue)
        capabilities = find_capabilities(
            work.rules,
            families.firsts,
            heartbeat_spans(connection),
            facts.tables,
            {
                name: month_spans(span.months, work.now, settings.report.longest_silence)
                for name, span in work.spans.items()
            },
            declared,
            work.period.until,
            work.now,
            alive_spans(days_with_rows(connection), work.now, settings.report.longest_silence),
            families.lasts,
            log_columns(facts),
        )
    return Derived(
        relations=writer.files,
        capabilities=capabilities,
        inputs=inputs,
        unmapped=dict(sorted(unmapped.items())),
        notes=notes,
        redaction_key=work.redaction.key_id,
        not_applicable=declared.not_applicable,
    )


def within_audit(audits: Sequence[SourceFacts]) -> str:
    """Return what stands before the names of what was read of the audit database, if there is one."""
    return "".join(f"{audit.alias}." for audit in audits)


def _run_context(
    catalogue: Catalogue,
    period: Period,
    since: datetime,
    now: datetime,
    sources: tuple[SourceFacts, ...],
    settings: Settings,
) -> pa.Table:
    hours = settings.business_hours
    cut_off = min(period.until, now)
    row = {
        "since": _naive(period.since),
        "until": _naive(period.until),
        "extracted_since": _naive(since),
        "cut_off": _naive(cut_off),
        "cut_off_date": cut_off.astimezone(load_zone(settings.report.zone)).date(),
        "now": _naive(now),
        "read_at": _naive(min(source.read_point.taken_at for source in sources)),
        "profile": sources[0].profile,
        "audit": sources[1].alias if len(sources) > 1 else None,
        "in_service_since": settings.source.in_service_since,
        "zone": settings.report.zone,
        "server_zone": settings.source.server_zone,
        "business_days": "".join(str(day) for day in sorted(hours.days)),
        "business_start": hours.start.hour * 60 + hours.start.minute,
        "business_end": hours.end.hour * 60 + hours.end.minute,
    }
    return pa.Table.from_pylist([row], schema=arrow_schema(catalogue.relations["run_context"].columns))


def _table_spans(spans: Mapping[str, Span]) -> pa.Table:
    rows = [{"table_name": name, "rows": span.rows} for name, span in spans.items()]
    return pa.Table.from_pylist(rows, schema=_TABLE_SPANS)


def _table_months(spans: Mapping[str, Span]) -> pa.Table:
    rows = [
        {
            "table_name": name,
            "rows": month.rows,
            "first_at": _naive(month.first_at),
            "last_at": _naive(month.last_at),
        }
        for name, span in spans.items()
        for month in span.months
    ]
    return pa.Table.from_pylist(rows, schema=_TABLE_MONTHS)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _change_freezes(settings: Settings) -> pa.Table:
    zone = settings.report.zone
    spans = [(text, parse_range(text, zone=zone)) for text in settings.report.freezes]
    rows = [
        {"declared": text, "since": span.since.replace(tzinfo=None), "until": span.until.replace(tzinfo=None)}
        for text, span in spans
    ]
    return pa.Table.from_pylist(rows, schema=_CHANGE_FREEZES)


def _check_people(writer: RelationWriter, given: GivenFiles) -> None:
    if "input_rows" not in writer.files:
        return
    ambiguous = "SELECT line, coalesce(username, email), matches FROM input_rows WHERE file = '{}' AND matches > 1"
    problems = [
        f"{show(path)}:{line}: {show(who)} matches {matches} accounts, by name or e-mail; name one exactly"
        for name, path in given.paths.items()
        for line, who, matches in writer.rows(ambiguous.format(name))
    ]
    if problems:
        raise InputFileError(problems)
