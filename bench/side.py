"""What auditctl does between opening a source and drawing pages, as a process of its own to be measured.

    python -m bench.side log|data OUT SETTINGS
    python -m bench.side queries OUT SETTINGS POPULATION QUERY...
    python -m bench.side redact OUT SETTINGS NUMBER

The first two read the source of AUDITCTL_SOURCE_URL and print how many rows of the log they read. `log` extracts the
log with its count; `data` makes every relation, runs every query of the SOC 2 report and writes all rows as CSV.
`queries` runs the named queries over a saved population and prints how many rows they have; `redact` describes and
redacts so many distinct statements in two processes, and prints how many could be read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditctl.apart import Tell, run_apart

if TYPE_CHECKING:  # a process apart imports this module too, and must not become larger by it than in auditctl
    from auditctl.catalogue.model import Catalogue, Query
    from auditctl.period import Period
    from auditctl.population.model import Population
    from auditctl.run.evidence import Evidence
    from auditctl.settings import Settings
    from auditctl.source.interface import Source

WORKERS = 2
_STATEMENTS = (
    "SELECT ward, count(*) FROM mart.bed_days WHERE day >= '{day}' AND ward <> 'W{number}' GROUP BY ward ORDER BY 2",
    "SELECT p.name, v.admitted_on FROM main.patients AS p JOIN main.patient_visits AS v ON v.patient_id = p.id"
    " WHERE p.id IN ({number}, {number} + 1) AND p.born_on < '{day}'",
    "WITH late AS (SELECT id, sku, quantity FROM stock WHERE sku LIKE '%{number}') SELECT * FROM late LIMIT {limit}",
    "UPDATE mart.targets SET value = {number} WHERE indicator = 'i{limit}' AND valid_from = DATE '{day}'",
)


def main(what: str, out: Path, settings: Path, *more: str) -> None:
    """Do it in the new folder `out`."""
    out.mkdir(mode=0o700)
    if what == "queries":
        sys.stdout.write(f"{_queries(out, settings, Path(more[0]), more[1:])}\n")
        return
    if what == "redact":
        sys.stdout.write(f"{_redact(out, int(more[0]))}\n")
        return
    from auditctl.source.interface import Options
    from auditctl.source.open import open_source
    from auditctl.source.url import choose_url

    url = choose_url(argument=None, url_file=None, configured=os.environ["AUDITCTL_SOURCE_URL"])
    with closing(open_source(url, Options(zone="UTC"), out)) as source:
        rows = _extract_log(source, out) if what == "log" else _data_pass(source, out, settings)
    sys.stdout.write(f"{rows}\n")


def _everything() -> Period:
    from auditctl.period import Period

    return Period("all", datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "UTC")


def _extract_log(source: Source, out: Path) -> int:
    from auditctl.population.extract import extract_tables
    from auditctl.source.interface import Window
    from auditctl.source.tables import table_specs

    period = _everything()
    window = Window(period.since, period.until)
    (extract,), _ = extract_tables(source, [table_specs()["logs"]], window, out)
    if extract.rows != extract.counted:
        raise RuntimeError(f"{extract.rows} rows were read of {extract.counted}")
    return extract.rows


def _data_pass(source: Source, out: Path, toml: Path) -> int:
    from auditctl.catalogue.load import load_catalogue
    from auditctl.population.build import Needs, build_population
    from auditctl.population.given import read_given
    from auditctl.population.redaction import Redaction
    from auditctl.run.csvfile import write_csv
    from auditctl.settings import load_settings
    from auditctl.text import SqlText

    catalogue, settings = load_catalogue(), load_settings(toml, {})
    framework = catalogue.find_framework("soc2")
    names = {test.query for control in framework.controls for test in control.tests}
    queries = [catalogue.queries[name] for name in sorted(names)]
    redaction = Redaction(SqlText.REDACTED, out / "redaction.key")
    given = read_given(settings)
    population = build_population(source, catalogue, Needs.of(queries), _everything(), settings, given, redaction, out)
    for evidence in run_apart(_run_all, lambda: None, population, catalogue, settings, queries):
        write_csv(evidence.all_rows(), out / f"{evidence.name}.csv")
    return next(table.rows for table in population.tables if table.name == "logs")


def _run_all(
    _tell: Tell, population: Population, catalogue: Catalogue, settings: Settings, queries: Sequence[Query]
) -> list[Evidence]:
    from auditctl.run.execute import parameter_values, runner

    with runner(population, catalogue, settings.limits) as run:
        return [run.run(query, parameter_values(query, settings.thresholds.get(query.id, {}), {})) for query in queries]


def _queries(out: Path, toml: Path, population: Path, names: Sequence[str]) -> int:
    from auditctl.catalogue.load import load_catalogue
    from auditctl.cli.issued import copy_population
    from auditctl.population.model import Population
    from auditctl.run.execute import parameter_values, runner
    from auditctl.settings import load_settings

    catalogue, settings = load_catalogue(), load_settings(toml, {})
    rows = 0
    with runner(copy_population(Population.load(population), out), catalogue, settings.limits) as run:
        for name in names:
            query = catalogue.queries[name]
            rows += run.run(query, parameter_values(query, settings.thresholds.get(name, {}), {})).rows
    return rows


def _redact(out: Path, number: int) -> int:
    from auditctl.population.redaction import Redaction
    from auditctl.population.sql_workers import describe_all
    from auditctl.text import SqlText

    texts = [
        (
            _STATEMENTS[at % len(_STATEMENTS)].format(number=at, day=f"2026-{at % 12 + 1:02}-01", limit=at % 1000),
            "postgresql",
        )
        for at in range(number)
    ]
    described = describe_all(texts, Redaction(SqlText.REDACTED, out / "redaction.key"), WORKERS)
    if described.num_rows != number:
        raise RuntimeError(f"{described.num_rows} of {number} statements are distinct")
    return sum(described.column("parsed").to_pylist())


if __name__ == "__main__":  # processes that are spawned import this module too
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
