"""The real command line: a process of its own, and what every call of it must keep to."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURE = Path(__file__).parents[1] / "data" / "superset-6.1-metadata.sqlite"
"""Written by a real Superset 6.1.0 on 2026-11-24, 01:52 to 02:03 UTC."""
FIXTURE_NOW = "2026-11-24T12:00Z"


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that ended."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines of stderr."""
        return self.err.splitlines()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs auditctl with a HOME, a temporary folder and an environment of its own."""

    home: Path

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AUDITCTL_")}
        ours = {"HOME": str(self.home), "TMPDIR": str(self.temporary), "COLUMNS": "80", "NO_COLOR": "1"}
        return {**kept, **ours, **changes}

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    @property
    def private_folders(self) -> list[Path]:
        """Folders of runs: empty, unless one is running."""
        return list(self.temporary.glob("auditctl-*/run-*"))

    def start(self, *arguments: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
        return self._spawn([sys.executable, "-m", "auditctl", *arguments], cwd, environment)

    def _spawn(self, command: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def finish(self, process: subprocess.Popen[str]) -> Finished:
        """Wait for the end; no traceback, no secret, and no private folder may be left."""
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in out + err, err
        assert "CANARY" not in out + err
        assert self.private_folders == []
        return Finished(process.returncode, out, err)

    def __call__(self, *arguments: str, cwd: Path, **environment: str) -> Finished:
        return self.finish(self.start(*arguments, cwd=cwd, **environment))

    def in_shell(self, script: str, *arguments: str, cwd: Path) -> Finished:
        """Run a script of sh in which "$@" is the command line."""
        command = ["sh", "-c", script, "sh", sys.executable, "-m", "auditctl", *arguments]
        return self.finish(self._spawn(command, cwd, {}))

    def in_python(self, script: str, *arguments: str, cwd: Path) -> Finished:
        """Run a script of Python instead of the command line."""
        return self.finish(self._spawn([sys.executable, "-c", script, *arguments], cwd, {}))

    def on_fixture(self, *arguments: str, cwd: Path, database: Path = FIXTURE, **environment: str) -> Finished:
        """Ask the fixture, or a copy of it, at noon of its day."""
        source = ("--now", FIXTURE_NOW, "--url", f"sqlite:///{database}")
        return self(*source, *arguments, cwd=cwd, **environment)


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo and its planted truth."""

    folder: Path

    @property
    def settings(self) -> str:
        return str(self.folder / "auditctl.toml")

    def fact(self, name: str) -> Any:
        return json.loads((self.folder / "truth.json").read_bytes())["facts"][name]


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack, and what its making printed."""

    folder: Path
    made: Finished

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "report.json").read_bytes())
        return document

    @property
    def tests(self) -> dict[str, dict[str, Any]]:
        """Test -> its entry in report.json."""
        return {test["id"]: test for control in self.report["controls"] for test in control["tests"]}

    def rows(self, query: str) -> list[dict[str, str]]:
        return self._csv(query, "rows.csv")

    def exceptions(self, query: str) -> list[dict[str, str]]:
        return self._csv(query, "exceptions.csv")

    def _csv(self, query: str, name: str) -> list[dict[str, str]]:
        with (self.folder / "evidence" / query / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def pack_from(made: Finished, folder: Path) -> Pack:
    """Return the one pack in `folder`."""
    (found,) = folder.iterdir()
    return Pack(found, made)


def contents(folder: Path) -> dict[str, bytes]:
    """Return path -> bytes of every file below a folder, the hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
