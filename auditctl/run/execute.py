"""Run canned queries over a population: the rows, and what the source could not have held."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditctl.apart import Tell, run_maybe_apart
from auditctl.catalogue.denominator import counting_sql
from auditctl.catalogue.model import Catalogue, Kind, ParameterValue, Query
from auditctl.errors import AuditctlError, UsageError
from auditctl.population.engine import arrow_schema, engine, show_parquet
from auditctl.population.model import Population
from auditctl.run.csvfile import write_lines
from auditctl.run.evidence import Evidence, Rows, Totals, Unmet, csv_beside
from auditctl.run.totals import control_totals
from auditctl.settings import Limits
from auditctl.workspace import reporting

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BATCH = 20_000
_OUTCOME = "event_outcome"


class RunError(AuditctlError):
    """A query failed while it ran: the outcome Error in a report, never an empty result."""


class Runner:
    """Runs queries in one engine that sees the relations of one population and nothing else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, population: Population, catalogue: Catalogue) -> None:
        self._connection = connection
        self._population = population
        self._catalogue = catalogue
        self._out = population.dir / "evidence"
        self._out.mkdir(mode=0o700, exist_ok=True)
        for name in population.relations:
            show_parquet(connection, f'"{name}"', population.path(name))

    def run(self, query: Query, values: Mapping[str, ParameterValue], name: str | None = None) -> Evidence:
        """Run `query` over the population's period and return its evidence.

        Args:
            query: A checked query whose relations are in the population.
            values: Every parameter but the window, as `parameter_values` makes them.
            name: Of the evidence, where one query runs with several values; else the query's id.

        Raises:
            RunError: the engine refused or failed.
        """
        period = self._population.period
        window = {"since": _naive(period.since), "until": _naive(period.until)}
        bound = {
            parameter.name: window.get(parameter.name, values.get(parameter.name)) for parameter in query.parameters
        }
        name = name or query.id
        path = self._out / f"{name}.parquet"
        unmet = tuple(find_unmet(query, values, self._population))
        # What is missing altogether (a list, a scope, a kind of event) is what rows would have to be judged by. Where
        # only details are missing, there may be more rows, and those that are seen are judged all the same.
        kinds = {name: rule.kind for name, rule in self._catalogue.capabilities.items()}
        judged = all(item.answer != "no" or kinds[item.capability] == "details" for item in unmet)
        rows, flagged, outcomes = self._write(query, bound, path, judged=judged)
        return Evidence(
            name=name,
            query=query,
            parameters=cast("Mapping[str, ParameterValue | datetime]", bound),
            columns=query.columns,
            path=path,
            rows=rows,
            flagged=flagged,
            population=self._count(query, bound),
            unmet=unmet,
            sha256=self._write_csv(Rows(query.columns, path)),
            state_at=self._population.state_at,
            event_outcomes=outcomes,
            judged=judged,
        )

    def totals(self, evidence: Evidence) -> Totals:
        """Return the control totals of evidence that this runner made.

        Raises:
            RunError: the engine failed, or counts other rows than it returned.
        """
        query = evidence.query
        try:
            totals = control_totals(self._connection, query.sql, evidence.parameters, query.columns, evidence.path)
        except duckdb.Error as error:
            raise RunError(str(error).splitlines()[0]) from error
        if totals.counted != evidence.rows:
            raise RunError(f"the query returned {evidence.rows} rows and count(*) says {totals.counted}")
        return totals

    def _write(
        self, query: Query, bound: Mapping[str, object], path: Path, *, judged: bool
    ) -> tuple[int, int, Mapping[str, int]]:
        """Write the rows; return how many, how many of them are flagged, and what became of acts among them."""
        fields = list(arrow_schema(query.columns))
        schema = pa.schema([*fields, pa.field("flagged", pa.bool_())])
        rows = flagged = 0
        tells_outcome = "events" in query.reads and _OUTCOME in schema.names
        outcomes: Counter[str] = Counter()
        try:
            result: pa.RecordBatchReader = self._connection.sql(query.sql, params=dict(bound)).to_arrow_reader(_BATCH)
            with reporting(path), pq.ParquetWriter(path, schema, compression="zstd") as writer:
                for batch in result:
                    arrays = [batch.column(field.name).cast(field.type) for field in fields]
                    flags = _flags(query, batch) if judged else pa.array([False] * batch.num_rows, pa.bool_())
                    if not judged and query.declares_flag:
                        arrays[batch.schema.names.index("flag_reason")] = pa.nulls(batch.num_rows, pa.string())
                    writer.write_batch(pa.RecordBatch.from_arrays([*arrays, flags], schema=schema))
                    rows += batch.num_rows
                    flagged += pc.sum(flags).as_py() or 0
                    if tells_outcome:
                        outcomes.update(batch.column(_OUTCOME).drop_null().to_pylist())
        except (duckdb.Error, pa.ArrowInvalid) as error:
            raise RunError(str(error).splitlines()[0]) from error
        return rows, flagged, dict(sorted(outcomes.items()))

    def _write_csv(self, rows: Rows) -> str:
        """Write the rows as CSV beside them and return its SHA-256: one canonical text of typed rows in order."""
        path = csv_beside(rows.path)
        with reporting(path), path.open("wb") as file:
            hashing = _Hashing(file)
            write_lines(self._connection, rows, hashing)
        return hashing.digest.hexdigest()

    def _count(self, query: Query, bound: Mapping[str, object]) -> int | None:
        """Count the rows that were judged, or that a listing was filtered from."""
        sql = counting_sql(query, self._catalogue.relations)
        if sql is None:
            return None
        names = self._connection.extract_statements(sql)[0].named_parameters
        try:
            counted = self._connection.execute(sql, {name: bound[name] for name in names}).fetchall()
        except duckdb.Error as error:
            raise RunError(str(error).splitlines()[0]) from error
        return int(counted[0][0])


class _Hashing:
    """A file to write to, and the SHA-256 of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: ReadableBuffer) -> int:
        self.digest.update(data)
        return self._file.write(data)


@contextmanager
def runner(population: Population, catalogue: Catalogue, limits: Limits) -> Iterator[Runner]:
    """Yield a runner over `population`; its evidence lies in the population's private folder."""
    with engine(population.dir, limits) as connection:
        yield Runner(connection, population, catalogue)


def run_query(
    population: Population,
    catalogue: Catalogue,
    limits: Limits,
    query: Query,
    values: Mapping[str, ParameterValue],
    fallback: tuple[Query, Mapping[str, ParameterValue]] | None,
) -> tuple[Evidence, Evidence | None]:
    """Return the evidence of a query, and that of its fallback where it needs it and found nothing.

    Raises:
        RunError: the engine refused or failed.
    """
    return run_maybe_apart(
        population.large, _run_query, lambda: None, population, catalogue, limits, query, values, fallback
    )


def _run_query(
    _tell: Tell,
    population: Population,
    catalogue: Catalogue,
    limits: Limits,
    query: Query,
    values: Mapping[str, ParameterValue],
    fallback: tuple[Query, Mapping[str, ParameterValue]] | None,
) -> tuple[Evidence, Evidence | None]:
    with runner(population, catalogue, limits) as run:
        evidence = run.run(query, values)
        if fallback is None or not evidence.unmet or evidence.rows:
            return evidence, None
        return evidence, run.run(*fallback)


def parameter_values(
    query: Query, thresholds: Mapping[str, ParameterValue], given: Mapping[str, ParameterValue]
) -> dict[str, ParameterValue]:
    """Return the value of each parameter but the window: given, else from the settings, else its default.

    Raises:
        UsageError: a parameter without a default was not given, or one is beyond its maximum.
    """
    values: dict[str, ParameterValue] = {}
    for parameter in query.parameters:
        if parameter.is_window:
            continue
        value = given.get(parameter.name)
        if value is None:
            value = thresholds.get(parameter.name, parameter.default)
        if value is None:
            option = "--" + parameter.name.replace("_", "-")
            raise UsageError(f"{query.command} needs {option}", hint=parameter.help)
        if parameter.maximum is not None and isinstance(value, int) and value > parameter.maximum:
            raise UsageError(
                f"{query.command}: {parameter.name} is {value}",
                hint=f"At most {parameter.maximum}: it looks no further",
            )
        values[parameter.name] = value
    return values


def find_unmet(query: Query, values: Mapping[str, ParameterValue], population: Population) -> Iterator[Unmet]:
    """Yield what the query requires and the source does not hold, for the window up to the cut-off.

    What management asserts not to be here is missed by nobody.

    Raises:
        UsageError: a parameter names a capability that does not exist, such as an unknown scope.
    """
    for name in query.capabilities(values):
        if name in population.not_applicable:
            continue
        capability = population.capabilities.get(name)
        if capability is None:
            raise UsageError(
                f"{query.command}: {name} is not something a source can hold", hint="Name a declared scope"
            )
        coverage = capability.over(population.period.since, population.cut_off)
        if coverage.answer != "yes":
            yield Unmet(
                capability=name,
                title=capability.title,
                answer=coverage.answer,
                gaps=coverage.gaps,
                reason=capability.reason,
                remedy=capability.remedy,
                held_since=capability.first_held,
            )


def _flags(query: Query, batch: pa.RecordBatch) -> pa.Array:
    if query.kind is Kind.LISTING:
        return pa.array([False] * batch.num_rows, pa.bool_())
    if query.declares_flag:
        return pc.is_valid(batch.column("flag_reason"))
    return pa.array([True] * batch.num_rows, pa.bool_())


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
