"""A worker that is killed while requests come in: what was answered is recorded, or counted as lost."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from .client import Person
from .recorded import rows
from .server import Server

ASKING, EACH = 4, 25


def workers(server: Server) -> list[int]:
    assert server.process is not None
    found = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
    return [int(line) for line in found.stdout.split()]


def test_a_killed_worker_loses_no_more_than_it_says(superset: Server) -> None:
    superset.start()
    superset.wait_for_both()
    half = threading.Event()

    def knock(which: int) -> list[str]:
        """Sign in with names of its own; return those that were answered."""
        answered = []
        for at in range(EACH):
            name = f"nobody-{which}-{at}"
            try:
                Person(superset.base, name).ask("POST", "/login/", form={"username": name, "password": "x"})
            except OSError:  # the worker died under it
                continue
            answered.append(name)
            if at == EACH // 2:
                half.set()
        return answered

    with ThreadPoolExecutor(ASKING) as pool:
        waiting = [pool.submit(knock, which) for which in range(ASKING)]
        half.wait()
        os.kill(workers(superset)[0], signal.SIGKILL)
        answered = {name for done in waiting for name in done.result()}
    superset.stop()
    superset.start()  # what a dead process left, the next one that starts takes over
    superset.stop()
    own = [row for row in rows(superset.metadata) if row.get("recorder") == 1]
    told = {row["username"] for row in own if row["action"] == "UserLoginFailed"}
    lost = [row for row in own if row["action"] == "RecorderLost"]
    assert len(lost) == 1
    assert len({row["event_id"] for row in own}) == len(own)
    assert len(answered - told) <= lost[0]["sinks"]["logs"]["lost"]
