"""Measures what the recorder costs a request: two Supersets, with and without it, asked in turn.

python -m real_superset.overhead [ROUNDS]       (in recorder/tests, with the repository on PYTHONPATH)
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from .client import Person
from .server import Server, make_business_data
from .test_kill import workers
from .test_site import make_database, run, signed_in

WARM = 10
Request = Callable[[int], int]


def requests(server: Server, business: Path) -> dict[str, Request]:
    admin, wrong = signed_in(server), Person(server.base, "nobody")
    database = make_database(admin, business)
    form = {"username": "nobody", "password": "wrong"}
    return {
        "list of dashboards": lambda _: admin.ask("GET", "/api/v1/dashboard/").status,
        "own account": lambda _: admin.ask("GET", "/api/v1/me/").status,
        "statement, recorded": lambda at: run(admin, database, "SELECT sku FROM inventory", f"m{at:010}"),
        "failed sign-in, recorded": lambda _: wrong.ask("POST", "/login/", form=form).status,
        "refused, recorded": lambda _: wrong.ask("GET", "/api/v1/chart/").status,
    }


def measure(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_business_data(folder / "clinic.db")
        template = Server(folder / "template", f"sqlite:///{folder}/template.db?check_same_thread=false&timeout=30")
        template.set_up()
        servers = []
        for mode in ("off", "on"):
            (folder / mode).mkdir()
            shutil.copy(folder / "template.db", folder / mode / "superset.db")
            metadata = f"sqlite:///{folder}/{mode}/superset.db?check_same_thread=false&timeout=30"
            servers.append(Server(folder / mode, metadata, env={"RECORDER": mode}))
        try:
            for server in servers:
                server.start()
            off, on = (requests(server, folder / "clinic.db") for server in servers)
            sys.stdout.write(f"{rounds} rounds: median ms, and CPU ms, per request, without and with the recorder\n")
            for kind in off:
                before = [cpu(server) for server in servers]
                times = _in_turn(off[kind], on[kind], rounds)
                spent = [(cpu(server) - then) / (rounds + WARM) for server, then in zip(servers, before, strict=True)]
                waited = [median(each) for each in times]
                shown = "  ".join(
                    f"{without * 1000:8.2f} {with_it * 1000:8.2f} {(with_it / without - 1) * 100:+6.1f} %"
                    for without, with_it in (waited, spent)
                )
                sys.stdout.write(f"{kind:26}{shown}\n")
                sys.stdout.flush()
        finally:
            for server in servers:
                server.stop()


def cpu(server: Server) -> float:
    """Seconds of CPU that a server's workers have used: what other work on the machine does not change."""
    ticks = 0
    for worker in workers(server):
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _in_turn(off: Request, on: Request, rounds: int) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for at in range(-WARM, rounds):
        order = ((0, off), (1, on)) if at % 2 else ((1, on), (0, off))
        for which, ask in order:
            start = perf_counter()
            ask(at + WARM)
            if at >= 0:
                times[which].append(perf_counter() - start)
    return times


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
