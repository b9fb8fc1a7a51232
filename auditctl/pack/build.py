"""Write a pack: the report in three forms, the evidence, and everything that a stranger needs to repeat the work."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from auditctl.catalogue.model import Catalogue
from auditctl.errors import UsageError
from auditctl.pack.identity import pack_name
from auditctl.pack.manifest import seal
from auditctl.pack.note import SigningKey
from auditctl.pack.previous import Previous
from auditctl.pack.publish import PackWriter
from auditctl.population.model import Population
from auditctl.render.contents import ListedFile, PackContents
from auditctl.render.html import render_html
from auditctl.render.pdf import render_pdf_apart
from auditctl.render.report_json import input_dict, report_dict
from auditctl.render.variant import PdfVariant
from auditctl.render.wording import expected
from auditctl.render.xlsx import write_report
from auditctl.resources import bundled
from auditctl.run.csvfile import DIALECT, write_csv
from auditctl.text import show


@dataclass(frozen=True, slots=True)
class BuiltPack:
    """A published pack."""

    folder: Path
    root_hash: str
    """SHA-256 of manifest.json, to be sent by another channel."""


def build_pack(
    contents: PackContents,
    catalogue: Catalogue,
    out: Path,
    report_key: str,
    key: SigningKey | None,
    previous: Previous | None = None,
    *,
    with_population: bool,
    pdf_variant: PdfVariant | None,
) -> BuiltPack:
    """Render and publish `contents` as `out/<name>/`, whole or not at all; signed where there is a key.

    Without a `pdf_variant` it has no PDF. The manifest names the `previous` pack that the report was compared with, by
    the hash of its manifest.

    Raises:
        OutputError: the folder exists, cannot be written, or Pango or fonts are missing; nothing was published.
    """
    with PackWriter(out, contents.name) as writer:
        writer.add(
            "README.txt", _readme(contents, with_pdf=pdf_variant is not None, with_population=with_population).encode()
        )
        writer.add("report.json", _json(report_dict(contents)))
        with writer.open("report.xlsx") as file:
            write_report(contents, file)
        for name, evidence in sorted(contents.evidence.items()):
            folder = f"evidence/{name}"
            writer.add(f"{folder}/query.sql", evidence.query.text.encode())
            with writer.open(f"{folder}/rows.csv", rows=evidence.rows) as file:
                write_csv(evidence.all_rows(), file)
            with writer.open(f"{folder}/exceptions.csv", rows=evidence.flagged) as file:
                write_csv(evidence.flagged_rows(), file)
        _add_method(writer, contents, catalogue)
        if with_population:
            _add_population(writer, contents.population)
        listed = replace(contents, files=tuple(_listed(writer)))
        writer.add("report.html", render_html(listed, for_print=False).encode())
        if pdf_variant is not None:
            printed = render_html(listed, for_print=True)
            identifier = bytes.fromhex(contents.pack_id)[:16]
            writer.add("report.pdf", render_pdf_apart(printed, identifier=identifier, variant=pdf_variant))
        root_hash = seal(writer, _facts(contents, catalogue, report_key, previous), key)
        return BuiltPack(writer.publish(), root_hash)


def next_issue(out: Path, contents: PackContents) -> tuple[str, str]:
    """Return the name of the next issue of a pack in `out`, and that of the issue that it supersedes.

    Raises:
        UsageError: there is nothing to re-issue.
    """

    def name(issue: int) -> str:
        return pack_name(contents.framework, contents.period, contents.status, contents.cut_off, issue)

    if not (out / name(1)).exists():
        raise UsageError(f"there is no {name(1)} in {show(out)} to issue once more", hint="Leave --reissue out")
    issue = 2
    while (out / name(issue)).exists():
        issue += 1
    return name(issue), name(issue - 1)


def _listed(writer: PackWriter) -> Iterator[ListedFile]:
    for path, file in sorted(writer.files.items()):
        yield ListedFile(path, file.bytes, file.sha256)


def _add_method(writer: PackWriter, contents: PackContents, catalogue: Catalogue) -> None:
    population = contents.population
    for table in population.tables:
        name = table.name.partition(",")[0]
        if table.name == name:
            writer.add(f"method/extraction/{name}.sql", f"{table.sql};\n".encode())
    counting = [
        f"-- {table.name}: expect {expected(table)}\n{table.counting_sql};\n"
        for table in population.tables
        if table.counting_sql
    ]
    writer.add("method/count.sql", "\n".join(counting).encode())
    for name in sorted(population.relations):
        sql = catalogue.relations[name].sql
        if sql is not None:
            writer.add(f"method/relations/{name}.sql", sql.encode())
    queries = bundled("queries")
    for path in ("actions.toml", "capabilities.toml", "relations/schema.toml"):
        writer.add(f"method/{path.rpartition('/')[2]}", (queries / path).read_bytes())
    writer.add("method/report.schema.json", (bundled("templates") / "report-1.schema.json").read_bytes())
    if catalogue.own_actions:
        writer.add("method/own-actions.toml", catalogue.own_actions.encode())
    writer.add(f"method/{contents.framework.path.name}", contents.framework.path.read_bytes())
    writer.add("method/settings.json", _json(contents.settings))
    writer.add("method/inputs.json", _json([input_dict(file) for file in population.inputs]))


def _add_population(writer: PackWriter, population: Population) -> None:
    writer.add_file("population/population.json", population.dir / "population.json")
    for name in sorted(population.relations):
        writer.add_file(f"population/{name}.parquet", population.path(name))


def _facts(
    contents: PackContents, catalogue: Catalogue, report_key: str, previous: Previous | None
) -> Mapping[str, object]:
    population = contents.population
    period = contents.period
    return {
        "name": contents.name,
        "pack_id": contents.pack_id,
        "status": contents.status,
        "status_reasons": list(contents.status_reasons),
        "supersedes": contents.supersedes,
        "previous": previous.reference if previous else None,
        "framework": contents.framework.id,
        "period": {
            "label": period.label,
            "since": period.since.isoformat(),
            "until": period.until.isoformat(),
            "zone": period.zone,
        },
        "cut_off": contents.cut_off.isoformat(),
        "now": population.now.isoformat() if population.now_is_set else None,
        "generated_at": contents.generated_at.isoformat(),
        "generated_by": contents.generated_by,
        "tool": contents.tool,
        "catalogue_sha256": catalogue.sha256,
        "report_key": report_key,
        "csv": DIALECT,
        "sql": {"shown": population.sql, "redaction_key": population.redaction_key or None},
        "attempts": population.attempts,
        "sources": [
            {
                "source_id": source.source_id,
                "alias": source.alias,
                "dialect": source.dialect,
                "role": source.role.sentence,
                "read_point": {
                    "kind": source.read_point.kind,
                    "value": source.read_point.value,
                    "taken_at": source.read_point.taken_at.isoformat(),
                    "standby": source.read_point.standby,
                    "lag_seconds": source.read_point.lag,
                },
            }
            for source in population.sources
        ],
        "inputs": [input_dict(file) for file in population.inputs],
        "tables": {table.name: {"rows": table.rows, "counted": table.counted} for table in population.tables},
        "evidence": {
            name: {"rows": item.rows, "flagged": item.flagged, "sha256": item.sha256}
            for name, item in sorted(contents.evidence.items())
        },
    }


_POPULATION = """\
  population/               the typed tables (relations) that the queries read, as Parquet
"""
_REPERFORM = """\

How to repeat the queries
  auditctl reperform <this folder>       runs every query again on population/, and compares row for row
  Without auditctl: evidence/<query>/query.sql is DuckDB's SQL. Make a view of each file in population/, named as the
  file, and run it with the parameters that report.json has for it.
"""


def _readme(contents: PackContents, *, with_pdf: bool, with_population: bool) -> str:
    return f"""\
{contents.name}
{contents.status}, made by {contents.tool}

What is here
  {("report.pdf, report.html" if with_pdf else "report.html").ljust(25)} the report, for people
  report.json               the same, for machines
  report.xlsx               summary, register of flagged rows with room for what is decided, a sheet per query
  evidence/<query>/         the query as it ran, all its rows, and the flagged ones
  method/                   how the rows were extracted and derived, with counting statements and the numbers to expect
{_POPULATION if with_population else ""}\
  manifest.json             every file with its size and SHA-256, the source, its read point, the period
  SHA256SUMS                the same hashes for sha256sum

How to check that nothing was changed
  sha256sum -c SHA256SUMS                in this folder: every line must say OK
  auditctl verify <this folder>          the same, and that no file was added or taken away; with --key and the public
                                         key that you were given, also that it signed the pack (if it was signed)
  sha256sum manifest.json                compare it with the hash that you were sent by another way

How to repeat a count
  Have somebody run the statements in method/count.sql on the database while you watch: each says what to expect.
  Rows written since the read point do not count.
{_REPERFORM if with_population else ""}
How to read the CSV files
  UTF-8, commas, times in UTC. An empty field is NULL, "" is an empty text. A text that a spreadsheet could take for a
  formula begins with one apostrophe more than the stored text.

The extraction agrees with the tables at the read point only where the report says so. This does not show that the
tables held every event: Superset drops a row silently when logging fails, users can suppress or alter rows, and
pruning leaves no trace.
"""


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
