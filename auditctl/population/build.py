"""From an open source to the frozen population of one run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

import duckdb
import pyarrow.parquet as pq

from auditctl.apart import run_maybe_apart
from auditctl.catalogue.model import Catalogue, Query
from auditctl.catalogue.needed import needed_actions, needed_relations, needed_tables
from auditctl.period import Period, parse_duration
from auditctl.population.capabilities import SILENCE
from auditctl.population.derive import SQL_RELATIONS, Extracted, derive, within_audit
from auditctl.population.extract import extract_tables, write_log_summary
from auditctl.population.given import GivenFiles
from auditctl.population.model import Population, has_large_log
from auditctl.population.recount import EarlierRead, recount
from auditctl.population.redaction import Redaction
from auditctl.population.store import save
from auditctl.settings import Scope, Settings
from auditctl.source.interface import EXTENDED, LOG_SUMMARY, Source, SourceFacts, Window
from auditctl.source.tables import table_specs
from auditctl.workspace import reporting
from auditctl.zones import zone_rules

_ALWAYS = {"log_summary", "run_context"}


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
    earlier: Mapping[str, EarlierRead] = field(default_factory=lambda: MappingProxyType({}))
    """Source -> what an earlier pack read of its log, to be counted again."""

    @classmethod
    def of(cls, queries: Iterable[Query]) -> Needs:
        """Return what these queries need together."""
        wanted = tuple(queries)
        return cls(
            reads=frozenset(name for query in wanted for name in query.reads),
            requires=frozenset(name for query in wanted for name in query.requires),
            lookback=max((parse_duration(query.lookback) for query in wanted if query.lookback), default=timedelta(0)),
        )

    def of_every_row(self) -> Needs:
        """Return them with all rows of the log in the window, of whatever kind: a pack shows that none was left out."""
        return replace(self, reads=self.reads | {"log_rows"})


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
    attempts: int = 1,
) -> Population:
    """Copy what a run needs for `period` at the read point of each source, and compute their relations.

    Args:
        source: An open source; everything of the run is read in its one read transaction. It is closed as soon as all
            is read, and so is `audit`: a database keeps what others delete for as long as a transaction lasts.
        catalogue: Relations, actions and capabilities.
        needs: What will be read, and what it requires.
        period: The window.
        settings: Zones, business hours, scopes, domains, the pretended present.
        given: The user's files.
        redaction: How SQL and payloads are shown; its key is used only where there is something to show.
        folder: A private folder; `folder/population` is the result, the raw extract is removed again.
        on_rows: Hears how many rows each batch had that was read.
        audit: The recorder's own database, where one is read beside Superset's; of it only the log.
        attempts: How often reading was begun until it came to its end, with this one.

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
    if SQL_RELATIONS & {spec.name for spec in specs}:
        wanted |= {"query", "tables", "dbs"} | ({"logs"} if facts.log_statements else set())
    tables = [table for name, table in table_specs().items() if name in wanted]
    window = _window(source, since, period, needs)
    if audit is None and facts.profile != EXTENDED:
        asked = needs.reads | (extra - {"log_rows"})
        window = replace(window, actions=needed_actions(catalogue, asked, ("heartbeat",) if beats else ()))
    summarised, summary = write_log_summary(source, raw / "main_summary.parquet", window)
    extracts, redactions = extract_tables(source, tables, window, raw, on_rows, summary)
    extracts.append(summarised)
    if audit is None:
        with reporting(raw / "audit_summary.parquet"):
            pq.write_table(LOG_SUMMARY.empty_table(), raw / "audit_summary.parquet")
    else:
        window, within = _window(audit, since, period, needs), within_audit([audit.facts])
        summarised, summary = write_log_summary(audit, raw / "audit_summary.parquet", window, within)
        also, replaced = extract_tables(audit, [table_specs()["logs"]], window, raw, on_rows, summary, within)
        extracts += [*also, summarised]
        redactions += replaced
    sources = (facts,) if audit is None else (facts, _audit_facts(audit.facts))
    spanned = {name for rule in rules if rule.kind == "rows" for name in rule.tables}
    if "table_months" in {spec.name for spec in specs}:
        spanned |= {name for name, table in table_specs().items() if table.time is not None} - {"logs"}
    spans = {name: span for name in sorted(spanned) if (span := source.span(table_specs()[name])) is not None}

    opened = [one for one in (source, audit) if one is not None]
    recounts = [recount(one, earlier) for one in opened if (earlier := needs.earlier.get(one.facts.source_id))]
    for one in opened:
        one.close()
    work = Extracted(
        folder,
        catalogue,
        settings,
        given,
        redaction,
        needs.asked,
        needs.trust_ids,
        period,
        since,
        now,
        sources,
        tuple(specs),
        rules,
        spans,
    )
    derived = run_maybe_apart(has_large_log(extracts), derive, lambda: None, work)
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
        attempts=attempts,
        not_applicable=derived.not_applicable,
        recounts=tuple(recounts),
    )
    save(population)
    return population


def _window(source: Source, since: datetime, period: Period, needs: Needs) -> Window:
    window = Window(since, period.until)
    return replace(window, keys=source.trusted_keys(window)) if needs.trust_ids else window


def shows_sql(catalogue: Catalogue, needs: Needs) -> bool:
    """Tell whether a run reads SQL that users ran or stored."""
    return any(spec.name in SQL_RELATIONS for spec in needed_relations(catalogue, needs.reads))


def _required(catalogue: Catalogue, needs: Needs) -> set[str]:
    """Return the capabilities that may be required, whatever the parameters; and that of the log itself."""
    patterns = [re.sub(r"\{\w+\}", "*", name) for name in needs.requires]
    return {"log_rows"} | {name for name in catalogue.capabilities if any(fnmatchcase(name, p) for p in patterns)}


def _audit_facts(facts: SourceFacts) -> SourceFacts:
    """Return the facts of an audit database without what is true only where it is read alone."""
    return replace(facts, log_statements=False, notes=())
