"""A sample that anybody can draw again: its order follows from the auditor's seed and the hash of the rows."""

from __future__ import annotations

import csv
import hmac
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest
from math import comb
from pathlib import Path

from auditctl.errors import IntegrityError, UsageError
from auditctl.pack.layout import MANIFEST
from auditctl.pack.manifest import read_manifest
from auditctl.pack.verify import verify_pack
from auditctl.run.csvfile import unguard
from auditctl.text import show

UNIT = "source_ref"
"""The column that names what is drawn; several rows of one unit are drawn together."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Units of one file of a pack, in the order in which they were drawn."""

    pack: str
    file: str
    """Path within the pack."""
    sha256: str
    """Of that file: the population that the order is bound to."""
    seed: str
    population: int
    """Units in the file."""
    size: int
    """Units drawn: as many as were asked for, or all."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Cells as they stand in the file, each row with its rank (from 1) before them."""

    def supports(self, confidence: Fraction) -> int:
        """Return how many units of the population may deviate at most, with this confidence, if none drawn does."""
        return most_deviations(self.population, self.size, confidence)


def draw_sample(folder: Path, query: str, size: int, seed: str, *, flagged: bool = False) -> Sample:
    """Draw `size` units of a query's rows, or of its flagged rows, from a pack that verifies.

    Units are ranked by HMAC-SHA256, the smallest first: the key is the seed in UTF-8, the message the file's SHA-256
    in hexadecimal, a line feed, and the unit.

    Raises:
        UsageError: there is no such folder or query, its rows have no unit, or size or seed cannot be meant.
        IntegrityError: the pack does not verify.
    """
    if size < 1:
        raise UsageError("--size must be at least 1")
    if not seed or not seed.isprintable():
        raise UsageError("--seed is empty or no text", hint="Let the auditor choose it, after the pack was made")
    verified = verify_pack(folder)
    if verified.problems:
        raise IntegrityError(f"{show(folder.name)} is not what was issued", hint="auditctl verify says what is wrong")
    file = f"evidence/{query}/{'exceptions' if flagged else 'rows'}.csv"
    entry = read_manifest((folder / MANIFEST).read_bytes()).files.get(file)
    if entry is None:
        raise UsageError(
            f"{show(folder.name)} has no {show(file)}", hint=f"It has rows of {', '.join(_queries(folder))}"
        )
    columns, units = _units(folder / file)
    prefix = f"{entry.sha256}\n".encode()
    drawn = nsmallest(
        size, units, key=lambda unit: (hmac.digest(seed.encode(), prefix + unit.encode(), "sha256"), unit)
    )
    ranks = {unit: rank for rank, unit in enumerate(drawn, 1)}
    at = columns.index(UNIT)
    rows = [(str(ranks[unguard(row[at])]), *row) for row in _rows(folder / file) if unguard(row[at]) in ranks]
    rows.sort(key=lambda row: int(row[0]))
    return Sample(verified.name, file, entry.sha256, seed, len(units), len(drawn), columns, tuple(rows))


def most_deviations(population: int, size: int, confidence: Fraction) -> int:
    """Return the largest number of deviations with which a sample of `size` is clean by more than chance allows.

    Exact: with one more, the hypergeometric probability of a clean sample is at most 1 - confidence.
    """
    chance = 1 - confidence
    samples = comb(population, size)

    def may_be(deviations: int) -> bool:
        return comb(population - deviations, size) > chance * samples

    low, high = 0, population - size
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if may_be(middle) else (low, middle - 1)
    return low


def _units(path: Path) -> tuple[tuple[str, ...], set[str]]:
    rows = _rows(path, header=True)
    columns = next(rows)
    if UNIT not in columns:
        raise UsageError(f"rows of {path.parent.name} have no {UNIT}", hint="Draw from a query whose rows name theirs")
    at = columns.index(UNIT)
    units = {unguard(row[at]) for row in rows}
    if not units:
        raise UsageError(f"{path.parent.name}/{path.name} has no row to draw from")
    return columns, units


def _rows(path: Path, *, header: bool = False) -> Iterator[tuple[str, ...]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if not header:
            next(reader)
        yield from map(tuple, reader)


def _queries(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "evidence").iterdir())
