"""What a pack says that it asked, and of what: its queries, their parameters and its population, none of it trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.capabilities import read_capabilities
from auditctl.catalogue.document import parse_document
from auditctl.catalogue.files import digest
from auditctl.catalogue.model import Catalogue, Column, ColumnType, ParameterValue, Query, RelationSpec
from auditctl.catalogue.problems import Problems
from auditctl.catalogue.queries import check_references, read_query
from auditctl.errors import CatalogueError, IntegrityError, UsageError
from auditctl.pack.identity import pack_identity
from auditctl.pack.issued import IssuedPack
from auditctl.pack.manifest import read_json
from auditctl.population.model import Population
from auditctl.render.values import instant
from auditctl.text import show

_FOLDER = "population/"
_EVIDENCE = "evidence/"
_ROWS = re.compile(r"evidence/(?P<name>[a-z0-9_.]+)/rows\.csv")
_RELATION = re.compile(r"[a-z][a-z0-9_]*")
_TYPES = {
    pa.string(): ColumnType.TEXT,
    pa.int64(): ColumnType.INTEGER,
    pa.float64(): ColumnType.DECIMAL,
    pa.bool_(): ColumnType.BOOLEAN,
    pa.date32(): ColumnType.DATE,
    pa.timestamp("us"): ColumnType.DATETIME,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a pack, and what the pack says came of it."""

    name: str
    query: Query
    values: Mapping[str, ParameterValue]
    """Every parameter but the window."""
    said: Mapping[str, Any]
    """Its entry in report.json."""
    outcomes: Mapping[str, str]
    """Test -> outcome, of the tests in report.json that rest on it."""


class PackedWork:
    """The queries of a pack and what they read, copied out of it."""

    def __init__(self, pack: IssuedPack) -> None:
        """Copy the population, which must be one that a release of auditctl could have written.

        Raises:
            UsageError: the pack holds none.
            IntegrityError: it cannot be one.
        """
        self._pack = pack
        files = [path for path in pack.manifest.files if path.startswith(_FOLDER)]
        if f"{_FOLDER}population.json" not in files:
            raise UsageError(
                f"{show(pack.verified.name)} holds no population to run its queries on",
                hint="Ask for a pack made with --with-population",
            )
        for path in files:
            pack.copy(path)
        try:
            self.population = Population.load(pack.workspace / _FOLDER)
        except IntegrityError as error:
            raise IntegrityError("population.json is none that a release of auditctl wrote") from error
        relations = {f"{_FOLDER}{name}.parquet": file.sha256 for name, file in self.population.relations.items()}
        found = {path: pack.manifest.files[path].sha256 for path in files if path != f"{_FOLDER}population.json"}
        if found != relations or not all(map(_RELATION.fullmatch, self.population.relations)):
            raise IntegrityError("population.json does not have the relations that lie beside it")
        if not self.population.capabilities.keys() <= self.catalogue.capabilities.keys():
            raise IntegrityError("population.json speaks of what method/capabilities.toml does not have")

    @property
    def names(self) -> list[str]:
        """What the pack has rows of, or its report says that it has, in order."""
        found = {match["name"] for match in map(_ROWS.fullmatch, self._pack.manifest.files) if match}
        return sorted(found | {folder.removeprefix(_EVIDENCE) for folder in self._tests})

    @cached_property
    def catalogue(self) -> Catalogue:
        """What queries are run with: the relations as their files have them, the capabilities as the pack has them."""
        problems = Problems()
        path = "method/capabilities.toml"
        document = parse_document(Path(path), self._pack.text(path), problems)
        capabilities = read_capabilities(document, problems, (), ()) if document else {}
        if len(problems):
            raise IntegrityError(f"this release cannot read what it says is held: {problems.lines()[0]}")
        return Catalogue(
            queries={},
            frameworks={},
            capabilities=capabilities,
            actions=(),
            discriminators={},
            relations={
                name: _relation(name, self.population.path(name), file.rows)
                for name, file in self.population.relations.items()
            },
            macros="",
            sha256="",
        )

    @cached_property
    def snapshot(self) -> str | None:
        """The root hash of the pack that some of its queries were asked of; None where there is none."""
        inputs = self._pack.manifest.facts.get("inputs")
        entries = inputs if isinstance(inputs, list) else []
        hashes = [
            entry.get("sha256") for entry in entries if isinstance(entry, dict) and entry.get("name") == "snapshot"
        ]
        return str(hashes[0]) if hashes else None

    def asked(self, name: str, checked: Catalogue) -> Asked:
        """Return the query that the pack has rows of under this name.

        Its SQL is checked like that of a user's own catalogue, unless it is word for word in the catalogue `checked`.

        Raises:
            IntegrityError: the pack does not say what was asked, or not in one way.
            CatalogueError: what it says is no query that is run.
        """
        tests = self._tests.get(f"{_EVIDENCE}{name}")
        if tests is None:
            raise IntegrityError("report.json does not speak of it")
        said = tests[0]["evidence"]
        if any(test["evidence"] != said for test in tests):
            raise IntegrityError("report.json says two things of it")
        query = self._query(name, checked)
        if said.get("query") != query.id or said.get("query_sha256") != query.sha256:
            raise IntegrityError("report.json speaks of another text than query.sql")
        values = self._values(query, said.get("parameters"), own=name != query.id)
        return Asked(name, query, values, said, {str(test["id"]): str(test["outcome"]) for test in tests})

    def rows_file(self, name: str, *, flagged: bool) -> str:
        """Return the path in the pack of all rows, or of the flagged ones."""
        return f"evidence/{name}/{'exceptions' if flagged else 'rows'}.csv"

    def contradictions(self) -> Iterator[str]:
        """Yield where the parts of the pack that no query is run on do not fit each other.

        The pack id, which every page of the report bears, follows from the population, the settings and the rows.
        """
        manifest, pack = self._pack.manifest, self._report["pack"]
        for key, value in (("name", manifest.name), ("id", manifest.pack_id), ("status", manifest.status)):
            if pack.get(key) != value:
                yield f"report.json has another {key} of the pack than manifest.json"
        if self._report.get("settings") != self._settings:
            yield "report.json has other settings than method/settings.json"
        evidence: Any = manifest.facts["evidence"]
        hashes = {name: said["sha256"] for name, said in evidence.items()}
        catalogue = str(manifest.facts.get("catalogue_sha256"))
        if pack_identity(self.population, hashes, catalogue, self._settings) != manifest.pack_id:
            yield "the pack id does not follow from population.json, method/settings.json and the rows"

    @cached_property
    def _report(self) -> dict[str, Any]:
        try:
            report: dict[str, Any] = read_json(self._pack.text("report.json"))
            if all(isinstance(report[key], dict) for key in ("pack", "period")):
                return report
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise IntegrityError(f"report.json is no report: {type(error).__name__}") from error
        raise IntegrityError("report.json is no report")

    @cached_property
    def _settings(self) -> dict[str, Any]:
        try:
            settings: dict[str, Any] = read_json(self._pack.text("method/settings.json"))
            if isinstance(settings["thresholds"], dict):
                return settings
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise IntegrityError(f"method/settings.json has no settings: {type(error).__name__}") from error
        raise IntegrityError("method/settings.json has no settings")

    @cached_property
    def _tests(self) -> dict[str, list[dict[str, Any]]]:
        """Folder of evidence -> the tests in report.json that rest on it."""
        tests: dict[str, list[dict[str, Any]]] = {}
        try:
            for test in (test for control in self._report["controls"] for test in control["tests"]):
                if test["evidence"] is not None:
                    tests.setdefault(test["evidence"]["folder"], []).append({**test, "id": test["id"]})
        except (KeyError, TypeError) as error:
            raise IntegrityError(f"report.json is no report: {type(error).__name__}") from error
        return tests

    def _query(self, name: str, checked: Catalogue) -> Query:
        text = self._pack.text(f"evidence/{name}/query.sql")
        query_id = name.partition(".")[0]
        sha256 = digest(text)
        known = checked.queries.get(query_id)
        if known is not None and known.sha256 == sha256:
            return known
        # Imports sqlglot, which a pack of this release can do without.
        from auditctl.catalogue.sqlcheck import check_statements

        problems = Problems()
        file = read_query(Path(f"{query_id}.sql"), text, sha256, problems, area="", shipped=False)
        if file is not None:
            others = {file.query.fallback or ""}  # that are not in this pack
            check_references(file, self.catalogue.relations, self.catalogue.capabilities, others)
            check_statements([file], self.catalogue.relations, problems)
        problems.raise_if_any()
        if file is None:
            raise CatalogueError([f"{query_id}.sql:1: no query"])
        return file.query

    def _values(self, query: Query, said: object, *, own: bool) -> dict[str, ParameterValue]:
        """Return the parameters of a query; those of evidence that is named as its query come from the settings."""
        thresholds = self._settings["thresholds"].get(query.id, {})
        period = self.population.period
        window = {"since": instant(period.since), "until": instant(period.until)}
        values = dict(said) if isinstance(said, dict) else {}
        if set(values) != {parameter.name for parameter in query.parameters}:
            raise IntegrityError("report.json has other parameters than query.sql")
        for parameter in query.parameters:
            value = values[parameter.name]
            if parameter.is_window:
                if values.pop(parameter.name) != window[parameter.name]:
                    raise IntegrityError(f"report.json has another {parameter.name} than population.json")
            elif value is not None and not parameter.accepts(value):
                raise IntegrityError(f"report.json has a {parameter.name} that is no {parameter.type}")
            elif not own and value != thresholds.get(parameter.name, parameter.default):
                raise IntegrityError(
                    f"report.json has another {parameter.name} than method/settings.json and query.sql"
                )
        return values


def _relation(name: str, path: Path, rows: int) -> RelationSpec:
    try:
        schema, found = pq.read_schema(path), pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(f"population/{name}.parquet is not Parquet") from error
    if not all(field.type in _TYPES and _RELATION.fullmatch(field.name) for field in schema):
        raise IntegrityError(f"population/{name}.parquet has columns that no relation has")
    if found != rows:
        raise IntegrityError(f"population/{name}.parquet has {found} rows, and population.json says {rows}")
    columns = tuple(Column(field.name, "", _TYPES[field.type]) for field in schema)
    return RelationSpec(name, "", (), (), columns, None, "")
