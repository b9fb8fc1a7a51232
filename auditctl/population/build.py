"""From an open source to the frozen population of one run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.apart import Tell, run_apart
from auditctl.catalogue.model import CapabilityRule, Catalogue, Query, RelationSpec
from auditctl.catalogue.needed import needed_relations, needed_tables
from auditctl.errors import InputFileError
from auditctl.period import Period, parse_duration, parse_range
from auditctl.population.asked import check_asked
from auditctl.population.capabilities import (
    SILENCE,
    Declared,
    alive_spans,
    days_with_rows,
    find_capabilities,
    heartbeat_spans,
    month_spans,
)
from auditctl.population.engine import arrow_schema, engine, show_parquet
from auditctl.population.extract import extract_tables, write_log_summary
from auditctl.population.families import find_families, log_columns, summed_rows
from auditctl.population.given import GivenFiles
from auditctl.population.model import (
    Assertion,
    Capability,
    Held,
    InputFile,
    Population,
    RelationFile,
    has_large_log,
)
from auditctl.population.places import merge_summaries, place_notes
from auditctl.population.redaction import Redaction
from auditctl.population.relations import RelationWriter
from auditctl.population.scopes import assertions, check_scopes, scope_entries, scope_notes
from auditctl.population.store import save
from auditctl.population.tickets import note_tickets
from auditctl.settings import Scope, Settings
from auditctl.source.interface import LOG_SUMMARY, TRUST_MARGIN, Source, SourceFacts, Span, Window
from auditctl.source.tables import table_specs
from auditctl.text import show
from auditctl.zones import load_zone, zone_rules

_ALWAYS = {"log_summary", "run_context"}
_SQL_RELATIONS = {"sql_facts", "sql_tables"}
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
class Needs:
    """What a run asks of a population."""

    reads: frozenset[str]
    """Relations."""
    requires: frozenset[str] = frozenset()
    """Capabilities; a name may hold a parameter in braces."""
    lookback: timedelta = timedelta(0)
    asked: Scope | None = None
    """What the command line names, beside the declared scopes."""
    trust_ids: bool = False
    """Find rows of the log by ids, with no scan of it."""

    @classmethod
    def of(cls, queries: Iterable[Query]) -> Needs:
        """Return what these queries need together."""
        wanted = tuple(queries)
        return cls(
            reads=frozenset(name for query in wanted for name in query.reads),
            requires=frozenset(name for query in wanted for name in query.requires),
            lookback=max((parse_duration(query.lookback) for query in wanted if query.lookback), default=timedelta(0)),
        )


@dataclass(frozen=True, slots=True)
class _Extracted:
    """What was read of a source, in `folder/raw`, and what relations are made of beside it."""

    folder: Path
    catalogue: Catalogue
    settings: Settings
    given: GivenFiles
    redaction: Redaction
    needs: Needs
    period: Period
    since: datetime
    now: datetime
    sources: tuple[SourceFacts, ...]
    """Superset's database, and the recorder's own where one was read."""
    specs: tuple[RelationSpec, ...]
    rules: Sequence[CapabilityRule]
    spans: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class _Derived:
    """What was made of it, beside the files of the relations."""

    relations: Mapping[str, RelationFile]
    capabilities: Mapping[str, Capability]
    inputs: tuple[InputFile, ...]
    unmapped: Mapping[str, int]
    notes: tuple[str, ...]
    redaction_key: str
    not_applicable: Mapping[str, Assertion]


def build_population(
    source: Source,
    catalogue: Catalogue,
    needs: Needs,
    period: Period,
    settings: Settings,
    given: GivenFiles,
    redaction: Redaction,
    folder: Path,
    on_rows: Callable[[int], object] = lambda _: None,
    audit: Source | None = None,
) -> Population:
    """Copy what a run needs for `period` at the read point of each source, and compute their relations.

    Args:
        source: An open source; everything of the run is read in its one read transaction.
        catalogue: Relations, actions and capabilities.
        needs: What will be read, and what it requires.
        period: The window.
        settings: Zones, business hours, scopes, domains, the pretended present.
        given: The user's files.
        redaction: How SQL and payloads are shown; its key is used only where there is something to show.
        folder: A private folder; `folder/population` is the result, the raw extract is removed again.
        on_rows: Hears how many rows each batch had that was read.
        audit: The recorder's own database, where one is read beside Superset's; of it only the log.

    Raises:
        SourceError: the source failed midway.
        InputFileError, SettingsError: an entry is ambiguous or matches nothing.
        UsageError: nothing is known of what is asked for.
    """
    raw, out = folder / "raw", folder / "population"
    raw.mkdir(mode=0o700)
    out.mkdir(mode=0o700)
    facts = source.facts
    now = settings.now or facts.read_point.taken_at
    rules = [catalogue.capabilities[name] for name in sorted(_required(catalogue, needs))]
    beats = any(rule.heartbeat for rule in rules)
    since = period.since - max(needs.lookback, SILENCE if beats else timedelta(0))
    extra = ({"log_rows"} if beats else set()) | ({"scope_tables"} if needs.asked else set())
    specs = needed_relations(catalogue, needs.reads | _ALWAYS | extra)
    wanted = needed_tables(specs)
    if _SQL_RELATIONS & {spec.name for spec in specs}:
        wanted |= {"query", "tables", "dbs"} | ({"logs"} if facts.log_statements else set())
    tables = [table for name, table in table_specs().items() if name in wanted]
    window = _window(source, since, period, needs)
    summarised, summary = write_log_summary(source, raw / "main_summary.parquet", window)
    extracts, redactions = extract_tables(source, tables, window, raw, on_rows, summary)
    extracts.append(summarised)
    if audit is None:
        pq.write_table(LOG_SUMMARY.empty_table(), raw / "audit_summary.parquet")
    else:
        window, within = _window(audit, since, period, needs), _within([audit.facts])
        summarised, summary = write_log_summary(audit, raw / "audit_summary.parquet", window, within)
        also, replaced = extract_tables(audit, [table_specs()["logs"]], window, raw, on_rows, summary, within)
        extracts += [*also, summarised]
        redactions += replaced
    sources = (facts,) if audit is None else (facts, _audit_facts(audit.facts))
    spanned = {name for rule in rules if rule.kind == "rows" for name in rule.tables}
    if "table_months" in {spec.name for spec in specs}:
        spanned |= {name for name, table in table_specs().items() if table.time is not None} - {"logs"}
    spans = {name: span for name in sorted(spanned) if (span := source.span(table_specs()[name])) is not None}

    work = _Extracted(
        folder,
        catalogue,
        settings,
        given,
        redaction,
        needs,
        period,
        since,
        now,
        sources,
        tuple(specs),
        rules,
        spans,
    )
    apart = has_large_log(extracts)
    derived = run_apart(_derive, lambda: None, work) if apart else _derive(lambda: None, work)
    shutil.rmtree(raw)
    population = Population(
        dir=out,
        period=period,
        extracted_since=since,
        sources=sources,
        tables=tuple(extracts),
        relations=derived.relations,
        capabilities=derived.capabilities,
        redactions=dict(sorted(redactions.items())),
        inputs=derived.inputs,
        unmapped=derived.unmapped,
        now=now,
        now_is_set=settings.now is not None,
        notes=derived.notes,
        sql=redaction.policy,
        redaction_key=derived.redaction_key,
        zone_rules=f"{zone_rules(period.zone)}; for local days and hours of rows those in DuckDB {duckdb.__version__}",
        not_applicable=derived.not_applicable,
    )
    save(population)
    return population


def _derive(_tell: Tell, work: _Extracted) -> _Derived:
    """Compute the relations, in an engine of their own."""
    catalogue, settings, given = work.catalogue, work.settings, work.given
    facts, *audits = work.sources
    within = _within(audits)
    raw, out = work.folder / "raw", work.folder / "population"
    # One thread: rows leave it in the order in which they came, the same in every run, without a sort that would spill.
    with engine(work.folder, replace(settings.limits, threads=1)) as connection:
        writer = RelationWriter(connection, raw, out, catalogue, work.redaction)
        writer.show_raw(table_specs().values())
        writer.add("run_context", _run_context(catalogue, work.period, work.since, work.now, work.sources, settings))
        writer.add("waivers", given.tables["waivers"])
        for name in ("main_summary", "audit_summary"):
            show_parquet(connection, f"raw.{name}", raw / f"{name}.parquet")
        writer.add(
            "log_summary", merge_summaries(connection) if audits else pq.read_table(raw / "main_summary.parquet")
        )
        writer.show_logs(table_specs()["logs"], within)
        unmapped = writer.add_action_rules(facts)
        scopes = settings.scopes if work.needs.asked is None else (*settings.scopes, work.needs.asked)
        writer.add_raw("scope_entries", scope_entries(scopes))
        writer.add_raw("organisation_domains", pa.table({"domain": pa.array(settings.report.domains, pa.string())}))
        writer.add_raw("table_spans", _table_spans(work.spans))
        writer.add_raw("table_months", _table_months(work.spans))
        writer.add_raw("change_freezes", _change_freezes(settings))
        for name, table in given.tables.items():
            writer.add_raw(name, table)
        if _SQL_RELATIONS & {spec.name for spec in work.specs}:
            writer.add_sql_texts(settings.limits.threads)
        writer.add_shown_texts()
        writer.compute(work.specs)
        _check_people(writer, given)
        check_scopes(writer, settings)
        if work.needs.asked is not None:
            check_asked(writer, work.needs.asked)
        trusted = (_TRUSTED,) if work.needs.trust_ids else ()
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
    return _Derived(
        relations=writer.files,
        capabilities=capabilities,
        inputs=inputs,
        unmapped=dict(sorted(unmapped.items())),
        notes=notes,
        redaction_key=work.redaction.key_id,
        not_applicable=declared.not_applicable,
    )


def _window(source: Source, since: datetime, period: Period, needs: Needs) -> Window:
    window = Window(since, period.until)
    return replace(window, keys=source.trusted_keys(window)) if needs.trust_ids else window


def _within(audits: Sequence[SourceFacts]) -> str:
    """Return what stands before the names of what was read of the audit database, if there is one."""
    return "".join(f"{audit.alias}." for audit in audits)


def shows_sql(catalogue: Catalogue, needs: Needs) -> bool:
    """Tell whether a run reads SQL that users ran or stored."""
    return any(spec.name in _SQL_RELATIONS for spec in needed_relations(catalogue, needs.reads))


def _required(catalogue: Catalogue, needs: Needs) -> set[str]:
    """Return the capabilities that may be required, whatever the parameters; and that of the log itself."""
    patterns = [re.sub(r"\{\w+\}", "*", name) for name in needs.requires]
    return {"log_rows"} | {name for name in catalogue.capabilities if any(fnmatchcase(name, p) for p in patterns)}


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


def _audit_facts(facts: SourceFacts) -> SourceFacts:
    """Return the facts of an audit database without what is true only where it is read alone."""
    return replace(facts, log_statements=False, notes=())


def declared_by(settings: Settings, given: GivenFiles, facts: SourceFacts, *, audited: bool = False) -> Declared:
    """Return what the user gave, of the settings and the files that they name, and what the source itself declares.

    `audited` where the recorder's own database is read beside the source.
    """
    names = {f"scope_{scope.name}" for scope in settings.scopes if not scope.none}
    names |= {f"{file.name}_file" for file in given.files}
    if audited:
        names.add("audit_database")
    if settings.report.freezes:
        names.add("change_freezes")
    if settings.report.domains:
        names.add("domains")
    if settings.source.server_zone is not None:
        names.add("server_zone")
    if settings.source.in_service_since is not None:
        names.add("in_service_since")
    covers = None
    if given.covers is not None:
        reason = "management asserts that the sign-in file covers it"
        covers = Held(given.covers.since, given.covers.until, "file", reason)
    not_applicable = assertions(settings.scopes)
    if "is_sensitive" in facts.tables.get("dashboards", ()):
        names.add("scope_sensitive")
        not_applicable.pop("scope_sensitive", None)  # the source says otherwise
    return Declared(frozenset(names), covers, MappingProxyType(not_applicable))


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
