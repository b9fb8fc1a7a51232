"""The servers of one test run, found by all its workers in a folder that they share."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .server import Kind, Server

_CHECKOUT = Path(__file__).parents[2]


def find_servers(folder: Path, session: int, *kinds: Kind) -> dict[Kind, Server | str]:
    """Return each server of the run, those of these `kinds` or all, or why there is none.

    The first to ask starts them; they end with process `session`.
    """
    answer = folder / "servers.json"
    with one_at_a_time(folder / "servers.lock"):
        if not answer.exists():
            answer.write_text(_start(session, kinds, folder / "supervisor.log"), encoding="utf-8")
    return started_servers(folder)


def started_servers(folder: Path) -> dict[Kind, Server | str]:
    """Return what was started so far: nothing where no test asked for a server."""
    answer = folder / "servers.json"
    if not answer.exists():
        return {}
    found = json.loads(answer.read_bytes())
    return {kind: Server(**one["server"]) if "server" in one else one["unavailable"] for kind, one in found.items()}


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Keep the other workers out."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _start(session: int, kinds: Sequence[Kind], log: Path) -> str:
    command = [sys.executable, "-m", "tests.servers.supervisor", str(session), *kinds]
    with log.open("w") as errors:
        answer = subprocess.run(command, cwd=_CHECKOUT, stdout=subprocess.PIPE, stderr=errors, check=True).stdout
    if not answer:
        raise RuntimeError(log.read_text(encoding="utf-8"))
    return answer.decode()
