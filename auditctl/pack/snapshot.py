"""The state of a source near a period's end, as an issued pack holds it, for a report that is made later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from auditctl.catalogue.model import Catalogue
from auditctl.errors import IntegrityError, UsageError
from auditctl.pack.verify import verify_pack
from auditctl.period import Period
from auditctl.population.model import InputFile, Population
from auditctl.text import show

_FILE = "snapshot"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who could do what near a period's end: the population of an issued pack."""

    population: Population
    file: InputFile
    """The pack, for the list of what the user gave: its hash is the pack's root hash."""


def read_snapshot(
    pack: Path,
    period: Period,
    source_ids: Iterable[str],
    catalogue: Catalogue,
    settings: Mapping[str, object],
    tolerance: timedelta,
) -> Snapshot:
    """Return the state that `pack` holds; its population stays where it lies.

    Args:
        pack: The folder of an issued pack that was made with `--with-population`.
        period: The period of the report: the pack must be of the same.
        source_ids: The sources of the report: the pack must be of the same.
        catalogue: Its relations must have the columns that they have in the pack.
        settings: The effective settings: those of the pack, but for the pretended present, accepted gaps and own ids of
            controls.
        tolerance: How far its read point may be from the period's end.

    Raises:
        IntegrityError: the pack does not verify.
        UsageError: it holds no population, or one that is no evidence of this period.
    """
    verified = verify_pack(pack)
    if verified.problems:
        raise IntegrityError(f"{show(pack.name)} is not what was issued", hint="auditctl verify says what is wrong")
    folder = pack / "population"
    if not folder.is_dir():
        raise UsageError(f"{show(pack.name)} holds no population", hint="Give a pack made with --with-population")
    population = Population.load(folder)
    refusal = _refusal(population, period, source_ids, catalogue, tolerance)
    if not refusal and not _same(json.loads((pack / "method" / "settings.json").read_bytes()), settings):
        refusal = "was made with other settings"
    if refusal:
        raise UsageError(f"{show(pack.name)} {refusal}", hint="Leave --snapshot out, or give another pack")
    at = population.state_at.isoformat(sep=" ", timespec="seconds")
    rows = sum(file.rows for file in population.relations.values())
    by_hand = " (a present that was set by hand)" if population.now_is_set else ""
    note = f"state as of {at}{by_hand}, from the population of this pack; the hash is that of its manifest"
    return Snapshot(population, InputFile(_FILE, verified.name, verified.root_hash, rows, note))


def _refusal(
    population: Population, period: Period, source_ids: Iterable[str], catalogue: Catalogue, tolerance: timedelta
) -> str:
    if {source.source_id for source in population.sources} != set(source_ids):
        return "is of another source"
    stored = population.period
    if (stored.since, stored.until, stored.zone) != (period.since, period.until, period.zone):
        return f"is of another period, {stored.span}"
    distance = abs(population.state_at - period.until)
    if distance > tolerance:
        return f"was read {distance.days} days from the period's end, of which {tolerance.days} are allowed"
    for name in population.relations:
        spec = catalogue.relations.get(name)
        columns = [column.name for column in spec.columns] if spec else []
        if pq.read_schema(population.path(name)).names != columns:
            return f"was made by another release: relation {show(name)} has other columns"
    return ""


def _same(stored: Mapping[str, object], settings: Mapping[str, object]) -> bool:
    def rules(values: Mapping[str, object]) -> dict[str, object]:
        return {name: value for name, value in values.items() if name not in ("now", "accepted_gaps", "control_map")}

    return rules(stored) == rules(json.loads(json.dumps(settings)))
