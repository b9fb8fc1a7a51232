"""Re-performance: every query of a pack runs again on the pack's own population, and its rows are compared."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

from auditctl.assess.outcomes import judge
from auditctl.catalogue.model import Catalogue, Test
from auditctl.errors import CatalogueError, IntegrityError, UsageError
from auditctl.pack.issued import IssuedPack, issued_pack
from auditctl.pack.repeated import Asked, PackedWork
from auditctl.population.model import Population
from auditctl.render.values import instant
from auditctl.run.csvfile import write_csv
from auditctl.run.evidence import Evidence
from auditctl.run.execute import RunError, Runner, runner
from auditctl.settings import Limits
from auditctl.text import show

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Repetition:
    """What came of one query of a pack, run again."""

    name: str
    rows: int | None
    """How many it returned now; None where it did not run."""
    differences: tuple[str, ...] = ()
    """What is not as the pack has it, file and row first; empty where it was reproduced or could not run here."""
    missing: str = ""
    """Why it could not be run again with what was given; empty where it was."""
    note: str = ""
    """How its text differs from that of this installation; empty where it does not."""

    @property
    def reproduced(self) -> bool:
        """Whether it ran and everything is as the pack has it."""
        return not (self.differences or self.missing)


@contextmanager
def reperform(
    folder: Path, installed: Catalogue, limits: Limits, snapshot: Path | None = None
) -> Iterator[Reperformance]:
    """Verify a pack and yield what runs its queries again; what was copied of it is removed at the end.

    Args:
        folder: The pack, made `--with-population`.
        installed: The catalogue that texts are compared with; nothing of it is run.
        limits: Threads and memory of the engine.
        snapshot: The pack that queries of current state were asked of, where there was one.

    Raises:
        UsageError: there is no such folder, it holds no population, or `snapshot` is not the pack that was used.
        IntegrityError: a pack is not what was issued, or its parts do not fit each other.
    """
    with ExitStack() as cleanup:

        def started(work: PackedWork) -> Runner:
            return cleanup.enter_context(runner(work.population, work.catalogue, limits))

        pack = cleanup.enter_context(issued_pack(folder))
        work = PackedWork(pack)
        state = None
        if snapshot is not None:
            other = cleanup.enter_context(issued_pack(snapshot))
            if other.verified.root_hash != work.snapshot:
                hint = "Its root hash is in method/inputs.json" if work.snapshot else "Leave --snapshot out"
                raise UsageError(f"{show(snapshot)} is not a pack whose state was used", hint=hint)
            earlier = PackedWork(other)
            state = (started(earlier), earlier.population)
        yield Reperformance(pack, work, installed, started(work), state)


class Reperformance:
    """The queries of one pack, to be run once each by `run`."""

    def __init__(
        self,
        pack: IssuedPack,
        work: PackedWork,
        installed: Catalogue,
        now: Runner,
        state: tuple[Runner, Population] | None,
    ) -> None:
        self._pack = pack
        self._work = work
        self._installed = installed
        self._runner = now
        self._state = state

    @property
    def headline(self) -> str:
        """Status and name of the pack, as it says them itself."""
        return f"{self._pack.verified.status}  {self._pack.verified.name}"

    def names(self, wanted: Collection[str] = ()) -> list[str]:
        """Return the evidence of the queries that are wanted, in order; without any, all.

        Raises:
            UsageError: the pack has no rows of one of them.
        """
        ids = {text.replace("-", "_") for text in wanted}
        found = [name for name in self._work.names if not ids or not ids.isdisjoint((name, name.partition(".")[0]))]
        for text in sorted(ids - {part for name in found for part in (name, name.partition(".")[0])}):
            has = ", ".join(self._work.names)
            raise UsageError(
                f"{show(self._pack.verified.name)} has no rows of {show(text)}", hint=f"It has rows of {has}"
            )
        return found

    def run(self, names: Iterable[str]) -> Iterator[Repetition]:
        """Run each of these once more and say what came of it; what is wrong with one harms no other."""
        for name in names:
            try:
                asked = self._work.asked(name, self._installed)
            except CatalogueError as error:
                yield Repetition(name, None, error.problems)
            except IntegrityError as error:
                yield Repetition(name, None, (error.message,))
            else:
                yield self._repeat(asked)

    def contradictions(self) -> Iterator[str]:
        """Yield where the parts of the pack that no query is run on do not fit each other.

        Raises:
            IntegrityError: report.json or the settings cannot be read.
        """
        return self._work.contradictions()

    def _repeat(self, asked: Asked) -> Repetition:
        note = self._note(asked)
        run, population = self._runner, self._work.population
        if self._work.snapshot and asked.said.get("state_at") != instant(self._work.population.state_at):
            if self._state is None:
                why = "it was asked of another pack's population: give that pack with --snapshot"
                return Repetition(asked.name, None, missing=why, note=note)
            run, population = self._state
        try:
            evidence = run.run(asked.query, asked.values, asked.name)
        except (RunError, UsageError) as error:
            return Repetition(asked.name, None, (f"it cannot be run: {show(error.message, 200)}",), note=note)
        return Repetition(
            asked.name,
            evidence.rows,
            (*self._differences(asked, evidence), *_misjudged(asked, evidence, population)),
            note=note,
        )

    def _differences(self, asked: Asked, evidence: Evidence) -> Iterator[str]:
        for flagged in (False, True):
            path = self._work.rows_file(asked.name, flagged=flagged)
            again = self._pack.workspace / "again.csv"
            write_csv(evidence.flagged_rows() if flagged else evidence.all_rows(), again)
            with again.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if path not in self._pack.manifest.files:
                yield f"{path.rpartition('/')[2]} is missing"
            elif sha256 != self._pack.manifest.files[path].sha256:
                yield f"{path.rpartition('/')[2]}, {_first_difference(self._pack.copy(path), again)}"
            again.unlink()
        found = {
            "rows": evidence.rows,
            "flagged": evidence.flagged,
            "population": evidence.population,
            "rows_sha256": evidence.sha256,
        }
        for key, value in found.items():
            if asked.said.get(key) != value:
                yield f"report.json says {key} = {show(asked.said.get(key), _SHOWN)}; run again it is {value}"

    def _note(self, asked: Asked) -> str:
        known = self._installed.queries.get(asked.query.id)
        if known is None:
            return "this installation has no query of that name; the pack's was run"
        if known.sha256 == asked.query.sha256:
            return ""
        return (
            f"this installation has another text, version {known.version}; the pack's, {asked.query.version}, was run"
        )


def _misjudged(asked: Asked, evidence: Evidence, population: Population) -> Iterator[str]:
    """Yield each outcome in report.json that does not follow from the evidence, whatever its test says of absence."""
    tests = [Test("", "", asked.query.id, absence) for absence in ("not_evidenced", "finding")]
    words = {
        judge(test, evidence, population, as_of_tolerance=tolerance).word
        for test in tests
        for tolerance in (timedelta.min, timedelta.max)
    }
    for test, said in sorted(asked.outcomes.items()):
        if said not in words:
            yield f"report.json says {show(said, _SHOWN)} of {show(test, _SHOWN)}; run again it is {min(words)}"


def _first_difference(packed: Path, again: Path) -> str:
    """Return where two files of rows part, in words; rows count from 1, the header apart."""
    csv.field_size_limit(sys.maxsize)
    with packed.open(encoding="utf-8", errors="backslashreplace", newline="") as a, again.open(newline="") as b:
        old, new = csv.reader(a), csv.reader(b)
        names = next(new)
        if next(old, None) != names:
            return f"header: the columns are not {', '.join(names)}"
        for number, (before, after) in enumerate(zip_longest(old, new), 1):
            if before is None:
                return f"row {number}: not in the pack"
            if after is None:
                return f"row {number}: only in the pack"
            if len(before) != len(names):
                return f"row {number}: {len(before)} values in the pack for {len(names)} columns"
            for name, then, now in zip(names, before, after, strict=True):
                if then != now:
                    return (
                        f"row {number}: {name} is {show(repr(then), _SHOWN)} in the pack,"
                        f" {show(repr(now), _SHOWN)} run again"
                    )
    return "the same values in other bytes (quotes, or ends of lines)"
