"""Issued packs that a new report draws on: for the state near the period's end, and to say what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditctl.catalogue.model import Catalogue, Framework
from auditctl.errors import IntegrityError
from auditctl.pack.previous import Previous, read_previous
from auditctl.pack.snapshot import Snapshot, read_snapshot
from auditctl.pack.zipped import opened_pack
from auditctl.period import Period
from auditctl.population.extract import file_sha256
from auditctl.population.model import InputFile, Population
from auditctl.settings import Settings, effective
from auditctl.text import show


@dataclass(frozen=True, slots=True)
class IssuedPacks:
    """Their folders."""

    snapshot: Path | None
    previous: Path | None


@dataclass(frozen=True, slots=True)
class Issued:
    """What they hold."""

    snapshot: Snapshot | None
    previous: Previous | None

    @property
    def files(self) -> tuple[InputFile, ...]:
        """The packs, for the list of what the user gave."""
        return tuple(pack.file for pack in (self.snapshot, self.previous) if pack is not None)


@contextmanager
def opened_packs(snapshot: Path | None, previous: Path | None) -> Iterator[IssuedPacks]:
    """Yield the folders of packs that were given as folders or zips."""
    with ExitStack() as cleanup:
        folders = [pack and cleanup.enter_context(opened_pack(pack)) for pack in (snapshot, previous)]
        yield IssuedPacks(*folders)


def read_issued(
    packs: IssuedPacks,
    framework: Framework,
    period: Period,
    source_ids: Iterable[str],
    read_at: datetime,
    catalogue: Catalogue,
    settings: Settings,
) -> Issued:
    """Read and verify the packs that were given, for a report of `period` whose source was read at `read_at`.

    Raises:
        IntegrityError: one does not verify.
        UsageError: one cannot serve this report.
    """
    snapshot = previous = None
    if packs.snapshot is not None:
        tolerance = settings.report.as_of_tolerance
        snapshot = read_snapshot(packs.snapshot, period, source_ids, catalogue, effective(settings), tolerance)
        check_relations(snapshot.population, catalogue)
    if packs.previous is not None:
        previous = read_previous(packs.previous, framework.id, period, read_at)
    return Issued(snapshot, previous)


def copy_population(stored: Population, workspace: Path) -> Population:
    """Return a saved population in a private folder, where evidence can be written beside it."""
    for name in stored.relations:
        (workspace / f"{name}.parquet").write_bytes(stored.path(name).read_bytes())
    (workspace / "population.json").write_bytes((stored.dir / "population.json").read_bytes())
    return Population.load(workspace)


def check_relations(stored: Population, catalogue: Catalogue) -> None:
    """Refuse a saved population whose files are not those that it names.

    Raises:
        IntegrityError: one is missing, was changed, or is of a relation that does not exist.
    """
    for name, file in stored.relations.items():
        if name not in catalogue.relations:
            raise IntegrityError(f"{show(stored.dir)} names a relation that does not exist: {show(name)}")
        path = stored.path(name)
        if not path.is_file() or file_sha256(path) != file.sha256:
            raise IntegrityError(f"{show(path)} is missing or was changed", hint="Verify the pack that it came from")
