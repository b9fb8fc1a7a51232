"""Every exit code, each reached by a way that a user can take."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditctl.errors import ExitCode

from .command import FIXTURE, CommandLine, Demo, Pack

_BROKEN = """
import sys
import auditctl.cli.queries as queries
from auditctl.cli.app import run
def load_index(**_):
    raise RuntimeError("CANARY")  # what an error says may hold a secret
queries.load_index = load_index
sys.exit(run(["queries", "list"]))
"""


@dataclass(frozen=True)
class World:
    """What a way may use."""

    auditctl: CommandLine
    demo: Demo
    pack: Pack
    folder: Path


def complete(world: World) -> int:
    return world.auditctl.on_fixture("access-listing", cwd=world.folder).code


def flagged(world: World) -> int:
    return world.auditctl("--config", world.demo.settings, "failed-logins", "--since", "24h", cwd=world.folder).code


def usage(world: World) -> int:
    return world.auditctl.on_fixture("report", "soc2", "--period", "Q5", cwd=world.folder).code


def source(world: World) -> int:
    return world.auditctl("--url", "sqlite:///missing.sqlite", "access-listing", cwd=world.folder).code


def not_evidenced(world: World) -> int:
    return world.auditctl.on_fixture("failed-logins", "--since", "24h", cwd=world.folder).code


def integrity(world: World) -> int:
    changed = world.folder / "changed"
    shutil.copytree(world.pack.folder, changed)
    (changed / "README.txt").write_text("changed", encoding="utf-8")
    return world.auditctl("verify", "changed", cwd=world.folder).code


def output(world: World) -> int:
    (world.folder / "there.csv").touch()
    return world.auditctl.on_fixture("access-listing", "--output", "there.csv", cwd=world.folder).code


def policy(world: World) -> int:
    shutil.copyfile(FIXTURE, world.folder / "writable.sqlite")  # by the account that runs the tests
    result = world.auditctl("--require-read-only", "--url", "sqlite:///writable.sqlite", "deletions", cwd=world.folder)
    (line,) = result.complaints
    assert "this role may modify the log that it is auditing (may write the file; may write its folder)" in line
    assert result.out == ""
    return result.code


def closed_pipe(world: World) -> int:
    result = world.auditctl.in_shell('{ "$@"; echo $? >&2; } | true', "queries", "list", cwd=world.folder)
    (line,) = result.complaints
    return int(line)


def internal(world: World) -> int:
    result = world.auditctl.in_python(_BROKEN, cwd=world.folder)
    (line,) = result.complaints
    assert line.startswith("auditctl: internal error: RuntimeError at <string>:")
    return result.code


def stopped_by(number: signal.Signals) -> Callable[[World], int]:
    def stop(world: World) -> int:
        # A shell that runs the tests in the background has them and their children ignore SIGINT.
        before = signal.signal(number, signal.SIG_DFL)
        report = ("report", "soc2", "--period", "Q3", "--out", "out")
        started = world.auditctl.start("--config", world.demo.settings, *report, cwd=world.folder)
        signal.signal(number, before)
        # Its rows are on the disk by now, and the report is not.
        deadline = time.monotonic() + 60
        while not world.auditctl.private_folders and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(started.pid, number)
        result = world.auditctl.finish(started)
        assert result.complaints[-1] == f"auditctl: stopped by {number.name}"
        assert list(world.folder.rglob("*")) in ([], [world.folder / "out"])
        return result.code

    return stop


WAYS = {
    ExitCode.COMPLETE: complete,
    ExitCode.FLAGGED: flagged,
    ExitCode.USAGE: usage,
    ExitCode.SOURCE: source,
    ExitCode.NOT_EVIDENCED: not_evidenced,
    ExitCode.INTEGRITY: integrity,
    ExitCode.OUTPUT: output,
    ExitCode.POLICY: policy,
    ExitCode.INTERNAL: internal,
    ExitCode.HANGUP: stopped_by(signal.SIGHUP),
    ExitCode.INTERRUPT: stopped_by(signal.SIGINT),
    ExitCode.CLOSED_PIPE: closed_pipe,
    ExitCode.TERMINATED: stopped_by(signal.SIGTERM),
}


@pytest.mark.parametrize("code", list(ExitCode), ids=lambda code: code.name)
def test_every_exit_code_is_reached(
    code: ExitCode, auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    assert WAYS[code](World(auditctl, demo, pack, tmp_path)) == code
