"""The commands that write, what they need, and what they leave when nothing fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hardening.faults.shim import KINDS, SIGKILL_APART, Kind

_DATABASE = Path(__file__).parents[2] / "tests" / "data" / "superset-6.1-metadata.sqlite"
_NOW = "2026-11-24T12:00Z"
_MONTH = ("--period", "2026-11")
_SMALL = """\
[framework]
id = "small"
title = "A small framework"
noun = "control"
edition = "1"

[S1]
id = "S:1"
title = "Few files, made in every way that there is"
addressable = true

[[S1.tests]]
id = "exports"
procedure = "List exports."
query = "exports"

[[S1.tests]]
id = "administrators"
procedure = "List administrators."
query = "administrators"
"""
_SETTINGS = """\
[signing]
key = "signing.key"
"""


_FEW = (KINDS[0], KINDS[2])
"""Kinds for commands whose way through the code another one has been met on with all of them."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line that is run once for each fault."""

    name: str
    arguments: Sequence[str]
    apart: bool = False
    """Work that a long log has in a process of its own is there."""
    only_apart: bool = False
    """The fault meets only processes that the run started."""
    kinds: Sequence[Kind] = KINDS
    long: bool = False
    """Only FAULTS=full meets it, or its name: most of its way another command goes too."""
    every: bool = False
    """Every call meets every fault; else the first and the last of those that are alike."""


def stage(folder: Path) -> Sequence[Command]:
    """Make in `folder` what the commands read, and return them."""
    controls = folder / "own" / "controls"
    controls.mkdir(parents=True)
    (controls / "small.toml").write_text(_SMALL, encoding="utf-8")
    (folder / "auditctl.toml").write_text(_SETTINGS, encoding="utf-8")
    source = ("--now", _NOW, "--url", f"sqlite:///{_DATABASE}")
    settled = ("--config", str(folder / "auditctl.toml"), *source, "--catalogue", str(folder / "own"))
    report = (*settled, "report", "small", *_MONTH, "--out", "out")
    _run(folder, "key", "new", "audit.example.org")
    _run(folder, *report, "--no-pdf", "--with-population", "--zip")
    (zipped,) = (folder / "out").glob("*.zip")
    pack = str(zipped.with_suffix(""))
    exports = (*source, "exports", *_MONTH)
    again = ("--catalogue", str(folder / "own"), "reperform", str(zipped))
    return (
        Command("report", (*report, "--no-pdf", "--zip")),
        Command(
            "report: relations",
            (*report, "--no-pdf"),
            apart=True,
            only_apart=True,
            kinds=(*KINDS, SIGKILL_APART),
            long=True,
        ),
        Command("report: PDF", report, only_apart=True, kinds=(*KINDS, SIGKILL_APART), long=True),
        Command(
            "report --population",
            (*settled, *report[-5:], "--population", f"{pack}/population", "--no-pdf"),
            kinds=_FEW,
            long=True,
        ),
        Command("query --format csv", (*exports, "--format", "csv", "--output", "rows.csv")),
        Command(
            "query --format jsonl", (*exports, "--format", "jsonl", "--output", "rows.jsonl"), kinds=_FEW, long=True
        ),
        Command("query --format xlsx", (*exports, "--format", "xlsx", "--output", "rows.xlsx"), kinds=_FEW, long=True),
        Command("query --format table", (*exports, "--format", "table", "--output", "rows.txt"), kinds=_FEW, long=True),
        Command("query to stdout", (*exports, "--format", "csv"), kinds=_FEW),
        Command("query --copy", ("--copy", *exports, "--format", "csv", "--output", "rows.csv"), long=True),
        Command(
            "sql-statements", (*source, "sql-statements", *_MONTH, "--format", "csv", "--output", "rows.csv"), long=True
        ),
        Command("doctor", (*source, "doctor", "--output", "doctor.txt"), kinds=_FEW, long=True),
        Command("show", (*source, "show", "logs:10"), kinds=_FEW),
        Command("sample", ("sample", str(zipped), "exports", "--size", "2", "--seed", "1", "--output", "sample.txt")),
        Command("verify", ("verify", str(zipped))),
        Command("reperform", again, kinds=_FEW, long=True),
        Command("key new", ("key", "new", "audit.example.org"), every=True),
        Command("init", (*source, "init"), every=True),
        Command("queries new", ("--catalogue", "own", "queries", "new", "mine", "--area", "data"), every=True),
        Command("demo", ("demo", "demo", "--events", "0", "--until", "2026-11-24T03:00Z"), long=True),
    )


def _run(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "auditctl", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
