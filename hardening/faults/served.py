"""Runs auditctl again and again: a process that has loaded everything, and forks for each run.

That saves the second that each start takes; what is forked is not used by any thread, and parses the command line as
a new process would. Requests come as lines of JSON on stdin, exit statuses go to stdout.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from auditctl.population import model
from hardening.faults.shim import follow

_PATIENCE = 60
"""Seconds that a run may take."""


class Server:
    """The process that forks, seen from the one that asks."""

    def __init__(self, library: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AUDITCTL_")}
        environment["LD_PRELOAD"] = str(library)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hardening.faults.served"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
        )

    def run(self, arguments: Sequence[str], room: Path, order: Path, *, apart: bool = False) -> int:
        """Run auditctl in `room` until no process of it is left; return the exit code, or minus the signal.

        Its stdout goes into the file `stdout` of the room, where it can fail too, its stderr into one beside `order`.
        """
        asked = {"arguments": list(arguments), "room": str(room), "order": str(order), "apart": apart}
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{json.dumps(asked)}\n")
        stdin.flush()
        return int(stdout.readline())

    def end(self) -> None:
        """Let the process end."""
        self._process.communicate()


def _serve(requests: IO[str]) -> dict[str, Any]:
    """Answer requests; return only in a forked process, with what it is to do."""
    for line in requests:
        asked: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            return asked
        signal.signal(signal.SIGALRM, lambda *_, child=child: os.kill(child, signal.SIGKILL))
        signal.alarm(_PATIENCE)
        _, status = os.waitpid(child, 0)
        signal.alarm(0)
        _wait_for_all_of(child)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    sys.exit(0)


def _wait_for_all_of(group: int) -> None:
    """Wait until the processes that a run started are gone too: they end with it, but not at once."""
    until = time.monotonic() + _PATIENCE
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.01)


def _become(asked: Mapping[str, Any]) -> None:
    """Turn a forked process into what a shell would have started."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.setpgid(0, 0)
    os.chdir(asked["room"])
    os.environ["TMPDIR"] = str(Path(asked["room"]) / "tmp")
    os.environ["AUDITCTL_REDACTION_KEY_FILE"] = "redaction.key"
    tempfile.tempdir = None
    for number, path in enumerate((os.devnull, "stdout", str(Path(asked["order"]).with_suffix(".err")))):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.umask(0o022)
    if asked["apart"]:  # as with a long log
        model._LARGE = 0
    sys.argv = ["auditctl", *asked["arguments"]]
    follow(asked["order"])


def _load() -> None:
    """Import what commands import when they run, but start no thread."""
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import sqlalchemy.dialects.sqlite  # noqa: F401
    import sqlglot  # noqa: F401
    import xlsxwriter  # noqa: F401

    import auditctl.cli.app
    import auditctl.cli.issue
    import auditctl.pack.issued
    import auditctl.pack.reperform
    import auditctl.run.execute
    import auditctl.source.open  # noqa: F401


if __name__ == "__main__":
    _load()
    _become(_serve(sys.stdin))
    from auditctl.__main__ import main

    main()
