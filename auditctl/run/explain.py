"""One row of the source beside everything that was derived from it, for somebody who doubts a line of a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditctl.catalogue.action_rules import ActionRule
from auditctl.catalogue.model import Catalogue
from auditctl.errors import UsageError
from auditctl.period import Period
from auditctl.population.build import Needs, build_population
from auditctl.population.given import GivenFiles
from auditctl.population.literals import describe_sql
from auditctl.population.model import Population
from auditctl.population.payload import redact_payload
from auditctl.population.places import APART
from auditctl.population.redaction import Redaction
from auditctl.population.secrets import replace_secrets
from auditctl.settings import Settings
from auditctl.source.interface import Source
from auditctl.source.tables import Stored, TableSpec, table_specs
from auditctl.text import show

_REF = re.compile(r"(?:(?P<alias>[a-z0-9-]+)/)?(?P<table>[a-z_]+):(?:\d+-)?(?P<key>\d+)")
_AROUND = timedelta(days=1)
_SQL = ("sql", "executed_sql", "sql_text")
_PAYLOADS = ("json", "query_context")
_MESSAGES = ("error_message", "error_text")
# Table -> the relations that hold a row derived from it.
_DERIVED = {"logs": ("log_rows", "events"), "query": ("statements",)}

Pair = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A row as stored (redacted), the rule that applies, and the derived columns."""

    source_ref: str
    stored: tuple[Pair, ...]
    rule: ActionRule | None
    derived: tuple[tuple[str, tuple[Pair, ...]], ...]
    """Relation -> its columns, without those that are NULL."""


def explain(
    source: Source,
    source_ref: str,
    catalogue: Catalogue,
    settings: Settings,
    redaction: Redaction,
    folder: Path,
    audit: Source | None = None,
) -> Explanation:
    """Explain the row that `source_ref` names: `logs:138`, `logs:24-29` (its last row), `query:7`, `audit/logs:7`.

    Rows around it (one day each way) are read as well: an act is judged by its neighbours and by the object's state.

    Raises:
        UsageError: the reference cannot be read, or there is no such row.
    """
    alias, spec, key = _parse(source_ref)
    of_audit = audit is not None and alias == audit.facts.alias
    if alias not in (None, source.facts.alias) and not of_audit:
        raise UsageError(f"no source is called {alias}", hint="See --audit-url, and alias in auditctl.toml")
    batch = audit.fetch(spec, key) if audit is not None and of_audit else source.fetch(spec, key)
    if batch is None:
        raise UsageError(f"there is no row {spec.name}:{key} in this source", hint="It may have been pruned")
    clean, _ = replace_secrets(batch, spec.secret)
    stored = {name: values[0] for name, values in clean.to_pydict().items()}
    moment = stored.get(spec.time) if spec.time else None
    derived: list[tuple[str, tuple[Pair, ...]]] = []
    rule = None
    if isinstance(moment, datetime) and spec.name in _DERIVED:
        population = _around(source, moment.replace(tzinfo=UTC), spec, catalogue, settings, redaction, folder, audit)
        derived = list(_derived(population, spec, key, of_audit=of_audit))
        name = next((value for _, pairs in derived for column, value in pairs if column == "rule"), None)
        rule = next((rule for rule in catalogue.actions if rule.name == name), None)
    called = f"{alias}/{spec.name}:{key}" if of_audit else f"{spec.name}:{key}"
    return Explanation(called, tuple(_shown(spec, stored, redaction)), rule, tuple(derived))


def _parse(source_ref: str) -> tuple[str | None, TableSpec, int]:
    match = _REF.fullmatch(source_ref.strip())
    specs = table_specs()
    if match is None or match["table"] not in specs or specs[match["table"]].key is None:
        raise UsageError(f"{show(source_ref)} is not a row of a source", hint="Write logs:138, logs:24-29 or query:7")
    return match["alias"], specs[match["table"]], int(match["key"])


def _around(
    source: Source,
    moment: datetime,
    spec: TableSpec,
    catalogue: Catalogue,
    settings: Settings,
    redaction: Redaction,
    folder: Path,
    audit: Source | None,
) -> Population:
    period = Period("around", moment - _AROUND, moment + _AROUND, settings.report.zone)
    reads = ("act_members", *_DERIVED[spec.name]) if spec.name == "logs" else _DERIVED[spec.name]
    if source.facts.log_statements:
        reads = (*reads, "statements")
    if audit is not None:
        reads = (*reads, "log_places")
    needs = Needs(frozenset(reads))
    return build_population(source, catalogue, needs, period, settings, GivenFiles(), redaction, folder, audit=audit)


def _derived(
    population: Population, spec: TableSpec, key: int, *, of_audit: bool
) -> Iterator[tuple[str, tuple[Pair, ...]]]:
    if spec.name == "query":
        yield "statements", _one(population, "statements", "source_ref", f"query:{key}")
        return
    if "log_places" in population.relations and (
        place := _one(population, "log_places", "audit_id" if of_audit else "log_id", key)
    ):
        yield "log_places", place
        key = dict(place).get("log_id", key + APART)  # type: ignore[assignment]
    yield "log_rows", _one(population, "log_rows", "id", key)
    act_id = dict(_one(population, "act_members", "id", key)).get("act_id")
    acts = pq.read_table(population.path("acts"))
    refs = acts.filter(pc.equal(acts["act_id"], act_id))["source_ref"].to_pylist()
    if refs:
        yield "events", _one(population, "events", "source_ref", refs[0])
    if "statements" in population.relations and (
        statement := _one(population, "statements", "source_ref", f"logs:{key}")
    ):
        yield "statements", statement


def _one(population: Population, relation: str, column: str, value: object) -> tuple[Pair, ...]:
    table: pa.Table = pq.read_table(population.path(relation))
    rows = table.filter(pc.equal(table[column], value)).to_pylist()
    return tuple((name, item) for name, item in rows[0].items() if item is not None) if rows else ()


def _shown(spec: TableSpec, stored: dict[str, object], redaction: Redaction) -> Iterator[Pair]:
    for name, value in stored.items():
        if value is None:
            continue
        if name in _PAYLOADS:
            yield name, redact_payload(str(value), redaction)
        elif name in _MESSAGES:
            yield name, redaction.error(str(value))
        elif isinstance(value, datetime):
            zone = "server-local" if spec.columns[name] is Stored.LOCAL else "UTC"
            yield name, f"{value.isoformat(sep=' ')} {zone}"
        elif name in _SQL:
            facts = describe_sql(str(value), None, redaction)
            yield name, facts.shown or f"not shown: {facts.reason} {redaction.mark_sql(str(value))}"
        else:
            yield name, value
