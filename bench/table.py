"""What was measured, as lines on the terminal, as JSON, and as the table of README.md."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.server import Seen
from bench.timing import Comparison

README: Final = Path(__file__).parents[1] / "README.md"
_BLOCK: Final = re.compile(r"(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number without a peer, and the most that it may be; None where it is only told."""

    name: str
    value: float
    unit: str
    reach: float | None = None

    @property
    def reached(self) -> bool:
        """Whether it is no more than it may be."""
        return self.reach is None or self.value <= self.reach

    @property
    def shown(self) -> str:
        """The number with its unit."""
        number = f"{self.value:,.0f}" if self.value >= 100 or float(self.value).is_integer() else f"{self.value:.2f}"
        return f"{number} {self.unit}".rstrip()


Measured = Comparison | Figure


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, where and on how much it was measured."""

    measured_at: str
    machine: str
    size: str
    load_before: float
    """Processes that wanted to run in the minute before the bench: they slow both sides, but not alike."""

    @classmethod
    def now(cls, size: str) -> Circumstances:
        """Return those of this moment."""
        machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), machine, size, round(os.getloadavg()[0], 1))


def line(done: Measured) -> str:
    """Return a measurement as a line of the terminal."""
    if isinstance(done, Figure):
        return f"{done.name:<48} {done.shown:>20}   {_verdict(done)}".rstrip()
    return (
        f"{done.name:<48} {done.ours.seconds:>8.2f} s   {done.peer:<22} {done.theirs.seconds:>8.2f} s   "
        f"{done.ratio:>6.2f}x of {done.reach:>4}x  {_verdict(done):<5} {done.ours.peak_mb:>5.0f} MB"
    )


def as_json(circumstances: Circumstances, done: Sequence[Measured], seen: Seen) -> dict[str, Any]:
    """Return the document of `results.json`."""
    return {
        **asdict(circumstances),
        "comparisons": [one.as_json() for one in done if isinstance(one, Comparison)],
        "figures": [asdict(one) for one in done if isinstance(one, Figure)],
        "server_during_a_data_pass": asdict(seen),
    }


def write_readme(circumstances: Circumstances, done: Sequence[Measured], seen: Seen) -> None:
    """Write the table between the markers of README.md."""
    text = README.read_text(encoding="utf-8")
    block = _markdown(circumstances, done, seen)
    README.write_text(_BLOCK.sub(lambda _: block, text), encoding="utf-8")


def _markdown(circumstances: Circumstances, done: Sequence[Measured], seen: Seen) -> str:
    rows = ["| | auditctl | peer | measured | bar | |", "|---|--:|--:|--:|--:|---|"]
    for one in done:
        if isinstance(one, Comparison):
            ours, theirs = _seconds(one.ours.seconds), _seconds(one.theirs.seconds)
            rows.append(
                f"| {one.name}, against {one.peer} | {ours} | {theirs} | {one.ratio:.2f}x | {one.reach:g}x"
                f" | {_verdict(one)} |"
            )
        else:
            bar = "" if one.reach is None else f"{one.reach:,g} {one.unit}".rstrip()
            rows.append(f"| {one.name} | | | {one.shown} | {bar} | {_verdict(one)} |")
    when = circumstances.measured_at[:10]
    return (
        f"Measured by `make bench` on {when} ({circumstances.machine}; size: {circumstances.size}; load before it"
        f" {circumstances.load_before}):\n\n" + "\n".join(rows) + "\n\n"
        f"From the database's side, one data pass of `report soc2` makes {seen.scans} sequential"
        f" scan{'s' * (seen.scans != 1)} of `logs`, reads"
        f" {seen.rows_scanned:,} of its rows by them and {seen.rows_by_index:,} by an index, {seen.rows:,} rows and"
        f" {seen.blocks:,} blocks in all, and its longest transaction takes {_seconds(seen.longest_seconds)}.\n"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _verdict(one: Measured) -> str:
    if isinstance(one, Figure) and one.reach is None:
        return ""
    return "ok" if one.reached else "over"
