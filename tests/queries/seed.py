"""Populations made by hand: rows of relations as dicts, and what the source held. No database is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Catalogue, ParameterValue, RelationSpec
from auditctl.period import Period
from auditctl.population.engine import arrow_schema
from auditctl.population.model import Capability, Held, Population, RelationFile
from auditctl.run.evidence import Evidence
from auditctl.run.execute import parameter_values, runner
from auditctl.settings import Limits
from auditctl.source.interface import ReadPoint, Role, SourceFacts

Row = Mapping[str, object]
Span = tuple[str, str]

QUARTER = Period("2026-Q3", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), "UTC")
NOW = datetime(2026, 10, 2, 6, 0, tzinfo=UTC)
EDGES = ("first", "last")
"""The rows of `edges` that lie in the quarter: its start is inclusive, its end exclusive."""

_ALL_TIME = (Held(datetime(1970, 1, 1, tzinfo=UTC), NOW, "server", "seeded"),)
# What a row is when the test does not care. A given source_ref or None beats it.
_DEFAULTS: Mapping[str, Row] = {
    "events": {"username": "alice", "user_id": 1, "attributed": True, "event_outcome": "succeeded"}
    | {"reported_by": "server", "in_business_hours": True, "rows_folded": 1},
    "statements": {"username": "alice", "user_id": 1, "event_outcome": "succeeded", "status": "success"},
    "sign_ins": {"username": "alice", "user_id": 1, "event_outcome": "failed", "reported_by": "recorder"},
    "accounts": {"active": True, "is_admin": False, "login_count": 0, "fail_login_count": 0},
    "grants": {"via": "direct"},
    "leavers": {"matched_by": "username", "matches": 1},
    "days": {"log_rows": 1, "heartbeats": 0, "people": 1, "unattributed": 0, "statements": 0}
    | {"ended": True, "held": True},
}
_KEYS = {"events": "logs", "statements": "query", "sign_ins": "logs", "accounts": "ab_user", "grants": "ab_user_role"}
_MIDDLE = datetime(2026, 8, 12, 9, 0, tzinfo=UTC)


@cache
def shipped() -> Catalogue:
    """Return the catalogue that ships with auditctl."""
    return load_catalogue()


def at(text: str) -> datetime:
    """Return a naive UTC time of 2026, as relations hold it: `08-12 09:00`, `08-12 09:00:00.5`."""
    return datetime.fromisoformat(f"2026-{text}")


def cells(**columns: object) -> dict[str, object]:
    """Return a row, to be given or to be expected."""
    return columns


def edges(**columns: object) -> list[Row]:
    """Return four rows around the quarter: the last instant before it, its first, its last, and the first after it."""
    times = {"early": "06-30 23:59:59.999999", "first": "07-01", "last": "09-30 23:59:59.999999", "late": "10-01"}
    return [{"source_ref": ref, "occurred_at": at(time), **columns} for ref, time in times.items()]


def refs(rows: Sequence[Row], column: str = "source_ref") -> tuple[object, ...]:
    """Return one column of a result, in its order."""
    return tuple(row[column] for row in rows)


def missing(evidence: Evidence) -> dict[str, list[Span]]:
    """Return what a query required and the source did not hold: capability -> spans of days, written `07-01`."""
    return {
        unmet.capability: [(f"{gap.since:%m-%d}", f"{gap.until:%m-%d}") for gap in unmet.gaps]
        for unmet in evidence.unmet
    }


@dataclass(frozen=True, slots=True)
class Seeded:
    """A population made by hand, and a way to ask it."""

    population: Population

    def evidence(self, query_id: str, **parameters: ParameterValue) -> Evidence:
        """Run a shipped query as the tool runs it."""
        query = shipped().queries[query_id]
        with runner(self.population, shipped(), Limits()) as engine:
            return engine.run(query, parameter_values(query, {}, parameters))

    def run(self, query_id: str, **parameters: ParameterValue) -> list[dict[str, Any]]:
        """Return the rows of a shipped query, each with its columns and `flagged`."""
        return rows_of(self.evidence(query_id, **parameters))


def rows_of(evidence: Evidence) -> list[dict[str, Any]]:
    """Return all rows of evidence."""
    return [row for batch in evidence.all_rows().batches() for row in batch.to_pylist()]


def seed(
    folder: Path,
    *,
    period: Period = QUARTER,
    now: datetime = NOW,
    held: Mapping[str, Sequence[Span]] = MappingProxyType({}),
    context: Row = MappingProxyType({}),
    **relations: Sequence[Row],
) -> Seeded:
    """Write rows of relations into `folder` and return their population.

    Args:
        folder: Where a new folder is made for the Parquet files.
        period: The window.
        now: The source's clock at the read point.
        held: Capability -> spans of days in 2026 (`07-01`, `08-12`) in which alone it is held; the others always are.
        context: Columns of `run_context` that differ from those of `period` and `now`.
        relations: Relation -> rows; missing columns are NULL or what `_DEFAULTS` says, missing relations are empty.
    """
    path = Path(mkdtemp(dir=folder))
    given = {**relations, "run_context": [{**_run_context(period, now), **context}]}
    read = {name for query in shipped().queries.values() for name in query.reads}
    files = {}
    for name in sorted(read | given.keys()):
        rows = list(_complete(shipped().relations[name], given.get(name, [])))
        pq.write_table(_table(shipped().relations[name], rows), path / f"{name}.parquet")
        files[name] = RelationFile(name, len(rows), "0" * 64)
    read_point = ReadPoint("sqlite", "seeded", now)
    role = Role("auditor", ())
    facts = SourceFacts("seed", "main", "sqlite", "3", "6.1.0", "superset", read_point, {}, role, None, "UTC")
    return Seeded(
        Population(
            dir=path,
            period=period,
            extracted_since=period.since - timedelta(days=1),
            sources=(facts,),
            tables=(),
            relations=files,
            capabilities={name: _capability(name, held) for name in shipped().capabilities},
            redactions={},
            inputs=(),
            unmapped={},
            now=now,
            now_is_set=False,
        )
    )


def _run_context(period: Period, now: datetime) -> Row:
    times = {"since": period.since, "until": period.until, "extracted_since": period.since - timedelta(days=1)}
    times |= {"cut_off": min(period.until, now), "now": now, "read_at": now}
    row: Row = {name: moment.replace(tzinfo=None) for name, moment in times.items()}
    last_day = times["cut_off"].astimezone(ZoneInfo(period.zone)).date()
    return {
        **row,
        "cut_off_date": last_day,
        "zone": period.zone,
        "business_days": "12345",
        "business_start": 480,
        "business_end": 1080,
    }


def _complete(spec: RelationSpec, rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    names = {column.name for column in spec.columns}
    for number, row in enumerate(rows, start=1):
        assert row.keys() <= names, f"{spec.name} has no column {', '.join(row.keys() - names)}"
        filled = {
            "source_ref": f"{_KEYS.get(spec.name, spec.name)}:{number}",
            "occurred_at": _MIDDLE.replace(tzinfo=None),
        }
        filled |= {**_DEFAULTS.get(spec.name, {}), **row}
        if "row_ref" in names and "id" in filled:
            filled.setdefault("row_ref", f"logs:{filled['id']}")
        when = filled["occurred_at"]
        if isinstance(when, datetime):
            local: Row = {"local_date": when.date(), "local_hour": when.hour, "local_weekday": when.isoweekday()}
            filled = {**local, **filled}
        yield {name: filled.get(name) for name in names}


def _table(spec: RelationSpec, rows: Sequence[Row]) -> pa.Table:
    schema = arrow_schema(spec.columns)
    return pa.Table.from_pylist(rows, schema=schema)


def _capability(name: str, held: Mapping[str, Sequence[Span]]) -> Capability:
    rule = shipped().capabilities[name]
    spans = tuple(Held(_day(since), _day(until), "server", "seeded") for since, until in held.get(name, ()))
    return Capability(name, rule.title, spans if name in held else _ALL_TIME, rule.reason, rule.remedy)


def _day(text: str) -> datetime:
    return at(text).replace(tzinfo=UTC)
