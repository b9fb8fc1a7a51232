"""What a pack is called, whether two reports are the same one, and how final it can be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from auditctl.assess.model import ControlResult, Word
from auditctl.catalogue.model import Catalogue, Framework
from auditctl.period import Period
from auditctl.population.model import InputFile, Population
from auditctl.render.wording import count

FINAL, INTERIM, INCOMPLETE = "FINAL", "INTERIM", "INCOMPLETE"


def report_key(
    framework: Framework,
    period: Period,
    source_ids: Iterable[str],
    catalogue: Catalogue,
    settings: Mapping[str, object],
    inputs: Iterable[InputFile],
    redaction_key: str,
) -> str:
    """Return what makes two reports the same report: what was asked of which source, under which rules.

    `redaction_key` is the id of the key of its markers: under another one its rows are others. The pretended present is
    left out: it says when a report was made, not what it is of.
    """
    rules = {name: value for name, value in settings.items() if name != "now"}
    return _digest(
        {
            "framework": framework.id,
            "period": [period.since.isoformat(), period.until.isoformat(), period.zone],
            "sources": sorted(source_ids),
            "catalogue": catalogue.sha256,
            "settings": rules,
            "redaction_key": redaction_key,
            "inputs": sorted((file.name, file.sha256) for file in inputs),
        }
    )


def pack_identity(
    population: Population,
    evidence: Mapping[str, str],
    catalogue_sha256: str,
    settings: Mapping[str, object],
) -> str:
    """Return the pack's id: a hash of what it was made from, known before anything is rendered.

    `evidence` is name -> SHA-256 of its rows.
    """
    return _digest(
        {
            "sources": [
                [source.source_id, source.read_point.kind, source.read_point.value] for source in population.sources
            ],
            "period": [
                population.period.since.isoformat(),
                population.period.until.isoformat(),
                population.period.zone,
            ],
            "cut_off": population.cut_off.isoformat(),
            "catalogue": catalogue_sha256,
            "tables": [[table.name, table.rows, table.sha256] for table in population.tables],
            "evidence": sorted(evidence.items()),
            "settings": settings,
        }
    )


def find_status(
    population: Population, results: Iterable[ControlResult], settle: timedelta, clock: datetime
) -> tuple[str, tuple[str, ...]]:
    """Return FINAL, INTERIM or INCOMPLETE, with the reasons.

    FINAL needs the run's present, the real clock, and the source's clock (on a standby: the time up to which it has
    replayed its primary) past the period's end plus `settle`; and no transaction that began before its end and still
    writes to the log.
    """
    missing = [f"{table.name}: {table.rows} rows read, {table.counted} counted" for table in population.mismatches]
    if population.unreadable:
        missing.append(f"{count(population.unreadable, 'row')} could not be read")
    missing += [
        f"the test {outcome.test.id} ended in an error"
        for result in results
        for outcome in result.outcomes
        if outcome.word is Word.ERROR
    ]
    if missing:
        return INCOMPLETE, tuple(missing)
    ready = population.period.until + settle
    reasons = []
    if population.now < ready or clock < ready:
        reasons.append(
            f"the period ends {population.period.until:%Y-%m-%d %H:%M} UTC; this evidence ends at the cut-off"
        )
    for source in population.sources:
        point = source.read_point
        if point.taken_at < ready and not reasons:
            whose = "the standby that was read has come up to" if point.standby else "the source's clock says"
            reasons.append(f"{whose} {point.taken_at:%Y-%m-%d %H:%M} UTC, before the period was over and settled")
        if point.writing_since is not None and point.writing_since < population.period.until:
            reasons.append(
                f"a transaction that began {point.writing_since:%Y-%m-%d %H:%M} UTC was still writing to the log"
            )
    return (INTERIM if reasons else FINAL), tuple(reasons)


def pack_name(framework: Framework, period: Period, status: str, cut_off: datetime, issue: int = 1) -> str:
    """Return the pack's folder: `soc2-2026-Q3`, `soc2-2026-11-INTERIM-20261124T120000Z`, `soc2-2026-Q3.r2`."""
    name = f"{framework.id}-{period.label}"
    if status != FINAL:
        name += f"-{status}-{cut_off.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return name if issue == 1 else f"{name}.r{issue}"


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
