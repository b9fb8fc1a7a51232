"""Two commands measured in turn: their times, their ratio, and the memory of their largest process."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """A command, what its environment has beside that of this process, and the codes that it may end with."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    codes: Collection[int] = (0,)


@dataclass(frozen=True, slots=True)
class Side:
    """One command after all its runs."""

    seconds: float
    """Median of the wall time."""
    peak_mb: float
    """The largest process of any run; a command smaller than the process that starts it counts as large as that."""
    printed: str = ""
    """What the last run printed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is measured, against what, and how much longer it may take."""

    name: str
    peer: str
    reach: float
    ours: Side
    theirs: Side
    ratio: float
    """Median of the ratios of the pairs: load that lasts longer than a pair is in both of its halves."""

    @property
    def reached(self) -> bool:
        """Whether it takes no longer than it may."""
        return self.ratio <= self.reach

    def as_json(self) -> dict[str, Any]:
        """Return it for `results.json`, without what the commands printed."""
        document = asdict(self)
        for side in ("ours", "theirs"):
            del document[side]["printed"]
        return document


def in_turn(rounds: int, *commands: Command) -> list[list[Side]]:
    """Run commands in turn, A B A B, so many rounds; return the runs of each.

    Raises:
        RuntimeError: a command failed; with what it said.
    """
    runs = [[run(command) for command in commands] for _ in range(rounds)]
    return [list(runs_of_one) for runs_of_one in zip(*runs, strict=True)]


def comparison(name: str, peer: str, reach: float, ours: Sequence[Side], theirs: Sequence[Side]) -> Comparison:
    """Compare what was run in turn."""
    ratio = median(mine.seconds / other.seconds for mine, other in zip(ours, theirs, strict=True))
    return Comparison(name, peer, reach, _together(ours), _together(theirs), ratio)


def _together(runs: Sequence[Side]) -> Side:
    return Side(median(one.seconds for one in runs), max(one.peak_mb for one in runs), runs[-1].printed)


def run(command: Command) -> Side:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command.arguments,
        env={**os.environ, **command.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    try:
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:  # whoever ends the bench ends what it runs
        process.kill()
        raise
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in command.codes:
        raise RuntimeError(f"{' '.join(command.arguments)} ended with {process.returncode}: {printed[-2000:]}")
    return Side(seconds, used.ru_maxrss / 1024, printed)
