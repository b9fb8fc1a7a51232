"""The pack that a report is compared with: verified, then read from its own files."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from auditctl.assess.changes import Changes, Found, OutcomeFacts, ReportFacts, Rule
from auditctl.assess.compare import compare
from auditctl.catalogue.header import split_header
from auditctl.catalogue.model import ColumnType, Kind
from auditctl.catalogue.problems import Problems
from auditctl.errors import IntegrityError, UsageError
from auditctl.pack.verify import verify_pack
from auditctl.period import Period
from auditctl.population.model import InputFile
from auditctl.population.recount import EarlierRead
from auditctl.render.arrangement import FLAG_REASON, REFERENCE
from auditctl.render.contents import PackContents
from auditctl.render.register import register_of
from auditctl.render.report_json import SCHEMA, report_dict
from auditctl.render.wording import setting
from auditctl.run.csvfile import unguard
from auditctl.text import show

_FILE = "previous"
_WINDOW = ("since", "until")
_THRESHOLDS = "thresholds."  # they are compared as parameters of the queries that ran


@dataclass(frozen=True, slots=True)
class Previous:
    """An issued pack that verified."""

    facts: ReportFacts
    root_hash: str
    """SHA-256 of its manifest.json."""
    reads: Mapping[str, EarlierRead]
    """Source -> what it read of the log, where the period was over by then."""

    @property
    def reference(self) -> dict[str, str]:
        """What a manifest says of it: the link of a chain."""
        return {"name": self.facts.name, "pack_id": self.facts.pack_id, "root_hash": self.root_hash}

    @property
    def file(self) -> InputFile:
        """The pack, for the list of what the user gave."""
        note = "the changes since this pack are part of the report; the hash is that of its manifest"
        return InputFile(_FILE, self.facts.name, self.root_hash, len(self.facts.exceptions), note)


def read_previous(pack: Path, framework: str, period: Period, read_at: datetime) -> Previous:
    """Return what the folder `pack` says of an earlier report.

    Args:
        pack: The folder of an issued pack.
        framework: Id of the framework of the report: the pack must be of the same.
        period: The period of the report: that of the pack may begin and end no later.
        read_at: When the source of the report was read: that of the pack must not have been read later.

    Raises:
        IntegrityError: the pack does not verify.
        UsageError: it cannot be the previous one, or another release wrote it in another form.
    """
    verified = verify_pack(pack)
    if verified.problems:
        raise IntegrityError(f"{show(pack.name)} is not what was issued", hint="auditctl verify says what is wrong")
    try:
        report = json.loads((pack / "report.json").read_bytes())
        if report["schema"] != SCHEMA:
            raise ValueError(report["schema"])
        facts = _facts(report, _stored_exceptions(pack, report))
        reads = dict(_reads(report, facts.period))
        other = report["framework"]["id"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{show(pack.name)} was made by another release, and its report cannot be compared with this one",
            hint="Leave --previous out",
        ) from error
    refusal = ""
    if other != framework:
        refusal = f"is of another framework, {show(other)}"
    elif facts.period.since > period.since or facts.period.until > period.until:
        refusal = f"is of a later period, {facts.period.span}"
    elif facts.read_at > read_at:
        refusal = "was read later than this report"
    if refusal:
        raise UsageError(f"{show(pack.name)} {refusal}", hint="Leave --previous out, or give an earlier pack")
    return Previous(facts, verified.root_hash, reads)


def changes_since(previous: Previous, contents: PackContents) -> Changes:
    """Return what changed from an earlier pack to this report."""
    found = (Found(item.evidence, item.title, item.key, item.reason) for item in register_of(contents, Kind.DEVIATION))
    queries = {name: evidence.query for name, evidence in contents.evidence.items()}
    recounts = [one for one in contents.population.recounts if one.follows(previous.reads.get(one.source_id))]
    return compare(previous.facts, _facts(report_dict(contents), found), queries, recounts)


def _reads(report: Mapping[str, Any], period: Period) -> Iterator[tuple[str, EarlierRead]]:
    """Yield, per source, what was read of the log; a period that was not over then has rows that are merely new."""
    population = report["population"]
    tables = {(table["source_id"], table["name"]): table for table in population["tables"]}
    over = {
        source["id"]
        for source in report["sources"]
        if datetime.fromisoformat(source["read_point"]["taken_at"]) >= period.until
    }
    for (source, name), table in tables.items():
        whole = tables.get((source, f"{name}, over all time"))
        if whole is not None and source in over:
            since = datetime.fromisoformat(population["extracted_since"])
            yield source, EarlierRead(since, period.until, table["counted"], whole["max_id"])


def _facts(report: Mapping[str, Any], exceptions: Iterable[Found]) -> ReportFacts:
    """Read a report.json, this report's own or another's; what it lacks is a KeyError or a TypeError."""
    pack, period, framework = report["pack"], report["period"], report["framework"]
    since, until = (datetime.fromisoformat(period[name]) for name in _WINDOW)
    points = [datetime.fromisoformat(source["read_point"]["taken_at"]) for source in report["sources"]]
    return ReportFacts(
        name=pack["name"],
        pack_id=pack["id"],
        status=pack["status"],
        period=Period(period["label"], since, until, period["zone"]),
        read_at=max(points),
        source_ids=frozenset(source["id"] for source in report["sources"]),
        tests={
            (control["id"], test["id"]): _outcome(control["id"], test)
            for control in report["controls"]
            for test in control["tests"]
        },
        rules={name: _rule(evidence) for name, evidence in _ran(report).items()},
        exceptions=tuple(exceptions),
        catalogue={
            "all queries": f"SHA-256 {pack['catalogue_sha256']}",
            f"framework {framework['id']}": f"{framework['edition']}, SHA-256 {framework['sha256']}",
        },
        settings={
            name: value
            for name, value in _flat(report["settings"])
            if name != "now" and not name.startswith(_THRESHOLDS)
        },
        files={file["name"]: _file(file) for file in report["population"]["inputs"] if file["name"] != _FILE},
        source={name: value for source in report["sources"] for name, value in _source(source)}
        | {"auditctl": pack["tool"]},
    )


def _outcome(control: str, test: Mapping[str, Any]) -> OutcomeFacts:
    evidence = test["evidence"]
    return OutcomeFacts(
        control=control,
        test=test["id"],
        procedure=test["procedure"],
        outcome=test["outcome"],
        evidence=evidence and _name(evidence),
        rows=evidence and evidence["rows"],
        flagged=evidence and (None if evidence["kind"] == Kind.LISTING else evidence["flagged"]),
        population=evidence and evidence["population"],
        whole=not (evidence and evidence["unmet"]),
    )


def _rule(evidence: Mapping[str, Any]) -> Rule:
    parameters = {name: setting(value) for name, value in evidence["parameters"].items() if name not in _WINDOW}
    of_period = evidence["time"] == "period"
    return Rule(evidence["query"], evidence["version"], evidence["query_sha256"], of_period, parameters)


def _ran(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the evidence of a report by name, each once."""
    found = (test["evidence"] for control in report["controls"] for test in control["tests"])
    return {_name(evidence): evidence for evidence in found if evidence is not None}


def _name(evidence: Mapping[str, Any]) -> str:
    name: str = evidence["folder"].removeprefix("evidence/")
    return name


def _file(file: Mapping[str, Any]) -> str:
    as_of = f", as of {file['as_of']}" if file["as_of"] else ""
    return f"{file['rows']:,} rows{as_of}, SHA-256 {file['sha256']}"


def _source(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("id", "dialect", "server_version", "superset_version", "revision", "profile", "zone"):
        yield f"{source['alias']}: {name.replace('_', ' ')}", setting(source[name])
    yield f"{source['alias']}: role", source["role"]["name"]
    yield f"{source['alias']}: role may modify the log", setting(source["role"]["may_modify_log"])


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, setting(value)


def _stored_exceptions(pack: Path, report: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the flagged rows of the deviations of a pack, from its files."""
    for name, evidence in _ran(report).items():
        if evidence["kind"] == Kind.DEVIATION and evidence["flagged"]:
            yield from _rows(pack / "evidence" / name, name)


def _rows(folder: Path, name: str) -> Iterator[Found]:
    path = folder / "query.sql"
    header, _ = split_header(path, path.read_text(encoding="utf-8"), Problems())
    if header is None:
        raise ValueError(f"{path} has no header")
    values: Mapping[str, Any] = header.values
    types = {column: spec.get("type") for column, spec in values["columns"].items()}
    csv.field_size_limit(sys.maxsize)
    with (folder / "exceptions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            named = [_cell(row[column], types[column]) for column in values["key"]]
            reference = unguard(row.get(REFERENCE) or "")
            reason = unguard(row.get(FLAG_REASON) or "")
            yield Found(name, values["title"], reference or " ".join(named), reason or None)


def _cell(cell: str, kind: str) -> str:
    """Return the text that a value is named by (see `row_names`) from its cell in a CSV file."""
    match kind:
        case ColumnType.DATETIME if cell:
            return str(datetime.fromisoformat(cell).replace(tzinfo=None))
        case ColumnType.BOOLEAN:
            return cell.capitalize()
        case ColumnType.DECIMAL if cell:
            return str(float(cell))
        case ColumnType.INTEGER | ColumnType.DURATION_MS | ColumnType.DATE:
            return cell
    return unguard(cell)
