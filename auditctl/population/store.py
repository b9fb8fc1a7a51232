"""A population on disk: `population.json` beside its Parquet files, to be read again without a database."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditctl.errors import IntegrityError, UsageError
from auditctl.period import Period
from auditctl.population.model import (
    Assertion,
    Capability,
    Held,
    InputFile,
    Population,
    RelationFile,
    TableExtract,
    UnreadableRow,
)
from auditctl.population.recount import Recount
from auditctl.source.interface import ReadPoint, Role, SourceFacts
from auditctl.text import SqlText, show
from auditctl.workspace import reporting

_NAME = "population.json"
_SCHEMA = "auditctl-population/1"


def save(population: Population) -> None:
    """Write `population.json` into the population's folder."""
    content = {"schema": _SCHEMA, **{name: getattr(population, name) for name in population.__slots__ if name != "dir"}}
    text = json.dumps(content, default=_plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    path = population.dir / _NAME
    with reporting(path):
        path.write_text(text, encoding="utf-8")


def load(folder: Path) -> Population:
    """Read a population that `save` wrote.

    Raises:
        IntegrityError: it is not one.
    """
    try:
        data = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        return _population(folder, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, UsageError) as error:
        raise IntegrityError(f"{show(folder)} is not a population: {type(error).__name__} in {_NAME}") from error


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, MappingProxyType):
        return dict(value)
    if isinstance(value, SourceFacts):
        facts = {name: getattr(value, name) for name in value.__slots__}
        parts = {"read_point": asdict(value.read_point), "role": asdict(value.role), "tables": dict(value.tables)}
        return {**facts, **parts}
    return asdict(value)  # type: ignore[call-overload]


def _population(folder: Path, data: dict[str, Any]) -> Population:
    if data.pop("schema") != _SCHEMA:
        raise ValueError("unknown schema")
    return Population(
        dir=folder,
        period=Period(**_times(data["period"], "since", "until")),
        extracted_since=_moment(data["extracted_since"]),
        sources=tuple(_source(source) for source in data["sources"]),
        tables=tuple(map(_table, data["tables"])),
        relations={name: RelationFile(**file) for name, file in data["relations"].items()},
        capabilities={name: _capability(value) for name, value in data["capabilities"].items()},
        redactions=data["redactions"],
        inputs=tuple(_input(file) for file in data["inputs"]),
        unmapped=data["unmapped"],
        now=_moment(data["now"]),
        now_is_set=data["now_is_set"],
        notes=tuple(data["notes"]),
        not_applicable={name: _assertion(value) for name, value in data["not_applicable"].items()},
        sql=SqlText(data["sql"]),
        redaction_key=data["redaction_key"],
        zone_rules=data["zone_rules"],
        recounts=tuple(Recount(**_times(entry, "since", "until")) for entry in data.get("recounts", ())),
        attempts=data.get("attempts", 1),  # not in packs of older versions
    )


def _table(data: dict[str, Any]) -> TableExtract:
    listed = tuple(UnreadableRow(**row) for row in data.get("unreadable_rows", ()))  # not in packs of older versions
    return TableExtract(**{**_times(data, "min_at", "max_at"), "unreadable_rows": listed})


def _input(data: dict[str, Any]) -> InputFile:
    as_of = data["as_of"] and date.fromisoformat(data["as_of"])
    return InputFile(**{**data, "as_of": as_of})


def _assertion(data: dict[str, Any]) -> Assertion:
    return Assertion(data["sentence"], date.fromisoformat(data["stated_on"]))


def _source(data: dict[str, Any]) -> SourceFacts:
    read_point = ReadPoint(**_times(data["read_point"], "taken_at", "writing_since"))
    tables = {name: tuple(columns) for name, columns in data["tables"].items()}
    role = Role(data["role"]["name"], tuple(data["role"]["powers"]), tuple(data["role"].get("others", ())))
    notes = tuple(data["notes"])
    parts = {"read_point": read_point, "role": role, "tables": MappingProxyType(tables), "notes": notes}
    return SourceFacts(**{**data, **parts})


def _capability(data: dict[str, Any]) -> Capability:
    held = tuple(Held(**_times(span, "since", "until")) for span in data["held"])
    return Capability(**{**_times(data, "last_row"), "held": held})


def _times(data: dict[str, Any], *names: str) -> dict[str, Any]:
    moments = {name: _moment(data[name]) for name in names if data[name] is not None}
    return {**data, **moments}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
