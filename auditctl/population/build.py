"""From an open source to the frozen population of one run."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.model import Catalogue, Query
from auditctl.errors import InputFileError, SettingsError
from auditctl.period import Period, load_zone, parse_duration
from auditctl.population.capabilities import SILENCE, Declared, find_capabilities
from auditctl.population.engine import arrow_schema, engine
from auditctl.population.extract import extract_tables, write_log_summary
from auditctl.population.inputs import (
    APPROVED_ADMINS,
    LEAVERS,
    SIGN_INS,
    SignInFile,
    read_approved_admins,
    read_leavers,
    read_sign_ins,
)
from auditctl.population.model import Held, InputFile, Population
from auditctl.population.relations import RelationWriter, needed_relations, needed_tables
from auditctl.population.store import save
from auditctl.settings import Settings
from auditctl.source.interface import Source, Window
from auditctl.source.tables import table_specs
from auditctl.text import show

_SQL_RELATIONS = {"sql_facts", "sql_tables"}
_SCOPE_ENTRIES = pa.schema([("scope", pa.string()), ("list", pa.string()), ("entry", pa.string())])


@dataclass(frozen=True, slots=True)
class Inputs:
    """The user's files, read and checked before a source is opened."""

    leavers: pa.Table | None = None
    approved_admins: pa.Table | None = None
    sign_ins: SignInFile | None = None
    files: tuple[InputFile, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)


def read_inputs(settings: Settings) -> Inputs:
    """Read every file that the settings name.

    Raises:
        InputFileError: the problems of all files at once.
    """
    given = settings.inputs
    problems: list[str] = []
    files: list[InputFile] = []
    leavers = approved = None
    sign_ins = None
    try:
        if given.leavers is not None:
            leavers, file = read_leavers(given.leavers)
            files.append(file)
    except InputFileError as error:
        problems += error.problems
    try:
        if given.approved_admins is not None:
            approved, file = read_approved_admins(given.approved_admins)
            files.append(file)
    except InputFileError as error:
        problems += error.problems
    try:
        if given.sign_in_log is not None:
            sign_ins, file = read_sign_ins(given.sign_in_log, given.sign_in_log_covers, settings.report.zone)
            files.append(file)
    except InputFileError as error:
        problems += error.problems
    if problems:
        raise InputFileError(problems)
    paths = {"leavers": given.leavers, "approved_admins": given.approved_admins}
    return Inputs(leavers, approved, sign_ins, tuple(files), {name: path for name, path in paths.items() if path})


def build_population(
    source: Source,
    catalogue: Catalogue,
    queries: Sequence[Query],
    period: Period,
    settings: Settings,
    inputs: Inputs,
    folder: Path,
) -> Population:
    """Copy what `queries` need for `period` at the source's read point, and compute their relations.

    Args:
        source: An open source; everything of the run is read in its one read transaction.
        catalogue: Relations, actions and capabilities.
        queries: What will be run.
        period: The window.
        settings: Zones, business hours, scopes, the pretended present.
        inputs: The user's files.
        folder: A private folder; `folder/population` is the result, the raw extract is removed again.

    Raises:
        SourceError: the source failed midway.
        InputFileError, SettingsError: an entry is ambiguous or matches nothing.
    """
    raw, out = folder / "raw", folder / "population"
    raw.mkdir(mode=0o700)
    out.mkdir(mode=0o700)
    facts = source.facts
    now = settings.now or facts.read_point.taken_at
    rules = [catalogue.capabilities[name] for name in sorted(_required(catalogue, queries))]
    lookbacks = [parse_duration(query.lookback) for query in queries if query.lookback]
    if any(rule.heartbeat for rule in rules):
        lookbacks.append(SILENCE)
    since = period.since - max(lookbacks, default=timedelta(0))
    names = {name for query in queries for name in query.reads} | {"log_summary", "run_context"}
    if any(rule.heartbeat for rule in rules):
        names.add("log_rows")
    specs = needed_relations(catalogue, names)
    wanted = needed_tables(specs)
    if _SQL_RELATIONS & {spec.name for spec in specs}:
        wanted |= {"query", "tables", "dbs"}
    tables = [table for name, table in table_specs().items() if name in wanted]
    extracts, redactions = extract_tables(source, tables, Window(since, period.until), raw)
    whole_log = source.count(table_specs()["logs"], None).counted
    extracts.append(write_log_summary(source, whole_log, raw / "log_summary.parquet"))
    firsts = {
        name: source.first_at(table_specs()[name]) for rule in rules if rule.kind == "rows" for name in rule.tables
    }

    with engine(folder, settings.limits) as connection:
        writer = RelationWriter(connection, raw, out, catalogue)
        writer.show_raw(table_specs().values())
        writer.add("run_context", _run_context(catalogue, period, since, now, facts.read_point.taken_at, settings))
        writer.add("log_summary", pq.read_table(raw / "log_summary.parquet"))
        unmapped = writer.add_action_rules()
        writer.add_raw("scope_entries", _scope_entries(settings))
        writer.add_raw("leavers", LEAVERS.empty_table() if inputs.leavers is None else inputs.leavers)
        approved = inputs.approved_admins
        writer.add_raw("approved_admins", APPROVED_ADMINS.empty_table() if approved is None else approved)
        writer.add_raw("sign_in_file", inputs.sign_ins.rows if inputs.sign_ins else SIGN_INS.empty_table())
        if _SQL_RELATIONS & {spec.name for spec in specs}:
            writer.add_sql_texts()
        writer.compute(specs)
        _check_people(writer, inputs)
        _check_scopes(writer, settings)
        capabilities = find_capabilities(
            rules,
            connection,
            facts.tables,
            {name: at for name, at in firsts.items() if at is not None},
            _declared(settings, inputs),
            period.until,
            now,
        )
    shutil.rmtree(raw)
    population = Population(
        dir=out,
        period=period,
        extracted_since=since,
        sources=(facts,),
        tables=tuple(extracts),
        relations=writer.files,
        capabilities=capabilities,
        redactions=dict(sorted(redactions.items())),
        inputs=inputs.files,
        unmapped=dict(sorted(unmapped.items())),
        now=now,
        now_is_set=settings.now is not None,
    )
    save(population)
    return population


def _required(catalogue: Catalogue, queries: Iterable[Query]) -> set[str]:
    """Return the capabilities that queries may require, whatever their parameters; and that of the log itself."""
    names = {"log_rows"}
    for query in queries:
        for pattern in query.requires:
            prefix = pattern.partition("{")[0]
            names |= {
                name
                for name in catalogue.capabilities
                if name == pattern or ("{" in pattern and name.startswith(prefix))
            }
    return names


def _run_context(
    catalogue: Catalogue, period: Period, since: datetime, now: datetime, read_at: datetime, settings: Settings
) -> pa.Table:
    hours = settings.business_hours

    cut_off = min(period.until, now)

    def naive(moment: datetime) -> datetime:
        return moment.astimezone(UTC).replace(tzinfo=None)

    row = {
        "since": naive(period.since),
        "until": naive(period.until),
        "extracted_since": naive(since),
        "cut_off": naive(cut_off),
        "cut_off_date": cut_off.astimezone(load_zone(settings.report.zone)).date(),
        "now": naive(now),
        "read_at": naive(read_at),
        "zone": settings.report.zone,
        "server_zone": settings.source.server_zone,
        "business_days": "".join(str(day) for day in sorted(hours.days)),
        "business_start": hours.start.hour * 60 + hours.start.minute,
        "business_end": hours.end.hour * 60 + hours.end.minute,
    }
    return pa.Table.from_pylist([row], schema=arrow_schema(catalogue.relations["run_context"].columns))


def _scope_entries(settings: Settings) -> pa.Table:
    rows = [
        {"scope": scope.name, "list": name, "entry": str(entry)}
        for scope in settings.scopes
        for name in ("databases", "tables", "datasets", "dashboards", "permitted")
        for entry in getattr(scope, name)
    ]
    return pa.Table.from_pylist(rows, schema=_SCOPE_ENTRIES)


def _declared(settings: Settings, inputs: Inputs) -> Declared:
    names = {f"scope_{scope.name}" for scope in settings.scopes}
    if inputs.leavers is not None:
        names.add("leavers_file")
    if inputs.approved_admins is not None:
        names.add("approved_admins_file")
    covers = None
    if inputs.sign_ins is not None and inputs.sign_ins.covers is not None:
        span = inputs.sign_ins.covers
        covers = Held(span.since, span.until, "file", "management asserts that the sign-in file covers it")
    return Declared(frozenset(names), covers)


def _check_people(writer: RelationWriter, inputs: Inputs) -> None:
    problems = []
    for name, path in inputs.paths.items():
        if name in writer.files:
            ambiguous = writer.rows(f"SELECT line, coalesce(username, email), matches FROM {name} WHERE matches > 1")
            problems += [
                f"{show(path)}:{line}: {show(who)} matches {matches} accounts, letter case aside; name one exactly"
                for line, who, matches in ambiguous
            ]
    if problems:
        raise InputFileError(problems)


def _check_scopes(writer: RelationWriter, settings: Settings) -> None:
    """Refuse an entry that matches nothing: a misspelt dashboard must not read as "nobody opened it"."""
    if "scope_objects" not in writer.files:
        return
    found = {(scope, entry) for scope, entry in writer.rows("SELECT DISTINCT scope, entry FROM scope_objects")}
    problems = [
        f"{settings.where('scope', scope.name, name)}: scope.{scope.name}.{name}: '{show(entry)}' matches nothing in"
        " this source; mend or remove it"
        for scope in settings.scopes
        for name in ("databases", "datasets", "dashboards")
        for entry in getattr(scope, name)
        if (scope.name, str(entry)) not in found
    ]
    if problems:
        raise SettingsError(problems)
