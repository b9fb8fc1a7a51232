"""One command line, one demo and one pack of it for all tests, made once also where several workers run them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from .command import CommandLine, Demo, Finished, Pack, pack_from

UNTIL = "2026-11-24T03:00Z"
GENERATED_AT = "2026-11-24T03:30Z"


@pytest.fixture(scope="session")
def auditctl(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    home = tmp_path_factory.mktemp("home")
    (home / "tmp").mkdir()
    return CommandLine(home)


@pytest.fixture(scope="session")
def demo(auditctl: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Return the demo with the recorder's rows; its story lies in 2026-Q3."""
    return Demo(_once(tmp_path_factory, "demo", lambda folder: _make_demo(auditctl, folder)))


@pytest.fixture(scope="session")
def stock_demo(auditctl: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Return the same demo as a stock 6.1.0 would have written it."""
    return Demo(_once(tmp_path_factory, "stock", lambda folder: _make_demo(auditctl, folder, "--stock")))


@pytest.fixture(scope="session")
def pack(auditctl: CommandLine, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Return the demo's pack of Q3, with its population. Copy it before changing anything."""

    def make(folder: Path) -> None:
        options = ("--period", "Q3", "--out", "out", "--with-population", "--generated-at", GENERATED_AT)
        made = auditctl("--config", demo.settings, "report", "soc2", *options, cwd=folder)
        assert made.code == 0, made.err
        (folder / "made.json").write_text(json.dumps(asdict(made)), encoding="utf-8")

    folder = _once(tmp_path_factory, "pack", make)
    return pack_from(Finished(**json.loads((folder / "made.json").read_bytes())), folder / "out")


def _make_demo(auditctl: CommandLine, folder: Path, *options: str) -> None:
    made = auditctl("demo", str(folder), "--events", "3_000", "--until", UNTIL, *options, cwd=folder)
    assert (made.code, made.err) == (0, "")


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Fill a folder that all workers of a run share, by the first that needs it."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, filled = base / f"cli-{name}", base / f"cli-{name}.filled"
    with (base / f"cli-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not filled.exists():
            folder.mkdir()
            make(folder)
            filled.touch()
    return folder
