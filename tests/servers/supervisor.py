"""Start the servers of a test run, and end them with it, however it ends.

    python -m tests.servers.supervisor PID [KIND...]

starts the servers of these kinds, or of all, prints one JSON object, kind of server to {"server": ...} or
{"unavailable": reason}, as soon as each server answers or cannot be had, and goes on in the background until process
PID is gone.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from types import FrameType
from typing import Any, Final

from .launch import CannotStartError, Launcher, launching
from .mariadb import start_mariadb
from .postgresql import start_postgresql
from .server import Kind, Server

_STARTS: Final[dict[Kind, Callable[[Launcher], Server]]] = {"postgresql": start_postgresql, "mariadb": start_mariadb}


def main(pid: int, kinds: Collection[str] = ()) -> None:
    """Serve until process `pid` is gone."""
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as ends:
        starts = {kind: start for kind, start in _STARTS.items() if kind in kinds or not kinds}
        launchers = {kind: ends.enter_context(launching(kind)) for kind in starts}
        with ThreadPoolExecutor() as pool:
            answers = pool.map(_answer, starts.values(), launchers.values())
            sys.stdout.write(json.dumps(dict(zip(starts, answers, strict=True))))
            sys.stdout.flush()
        # Whoever waits for the answer reads to the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _wait_for_end(pid)


def _answer(start: Callable[[Launcher], Server], launcher: Launcher) -> dict[str, Any]:
    try:
        return {"server": asdict(start(launcher))}
    except CannotStartError as error:
        return {"unavailable": str(error)}


def _wait_for_end(pid: int) -> None:
    try:
        if sys.platform == "linux":
            # Also tells of a process that has ended and whose parent does not ask for it, and of no later namesake.
            select.select([os.pidfd_open(pid)], [], [])
            return
        while True:
            os.kill(pid, 0)
            time.sleep(0.5)
    except ProcessLookupError:
        return


def _end(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
