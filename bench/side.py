"""What auditctl does between opening a source and drawing pages, as a process of its own to be measured.

    python -m bench.side log|data OUT SETTINGS

reads the source of AUDITCTL_SOURCE_URL and prints how many rows of the log it read. `log` extracts the log with its
count; `data` makes every relation, runs every query of the SOC 2 report and writes all rows as CSV.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from auditctl.catalogue.load import load_catalogue
from auditctl.period import Period
from auditctl.population.build import Needs, build_population
from auditctl.population.extract import extract_tables
from auditctl.population.given import read_given
from auditctl.population.redaction import Redaction
from auditctl.run.csvfile import write_csv
from auditctl.run.execute import parameter_values, runner
from auditctl.settings import load_settings
from auditctl.source.interface import Options, Source, Window
from auditctl.source.open import open_source
from auditctl.source.tables import table_specs
from auditctl.source.url import choose_url
from auditctl.text import SqlText

EVERYTHING = Period("all", datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "UTC")


def main(what: str, out: Path, settings: Path) -> None:
    """Do it in the new folder `out`."""
    out.mkdir(mode=0o700)
    url = choose_url(argument=None, url_file=None, configured=os.environ["AUDITCTL_SOURCE_URL"])
    with closing(open_source(url, Options(zone="UTC"), out)) as source:
        rows = _extract_log(source, out) if what == "log" else _data_pass(source, out, settings)
    sys.stdout.write(f"{rows}\n")


def _extract_log(source: Source, out: Path) -> int:
    window = Window(EVERYTHING.since, EVERYTHING.until)
    (extract,), _ = extract_tables(source, [table_specs()["logs"]], window, out)
    if extract.rows != extract.counted:
        raise RuntimeError(f"{extract.rows} rows were read of {extract.counted}")
    return extract.rows


def _data_pass(source: Source, out: Path, toml: Path) -> int:
    catalogue, settings = load_catalogue(), load_settings(toml, {})
    framework = catalogue.find_framework("soc2")
    names = {test.query for control in framework.controls for test in control.tests}
    queries = [catalogue.queries[name] for name in sorted(names)]
    redaction = Redaction(SqlText.REDACTED, out / "redaction.key")
    given = read_given(settings)
    population = build_population(source, catalogue, Needs.of(queries), EVERYTHING, settings, given, redaction, out)
    with runner(population, catalogue, settings.limits) as run:
        for query in queries:
            evidence = run.run(query, parameter_values(query, settings.thresholds.get(query.id, {}), {}))
            write_csv(evidence.all_rows(), out / f"{query.id}.csv")
    return next(table.rows for table in population.tables if table.name == "logs")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
