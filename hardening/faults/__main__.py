"""Meet every call of every command that writes with every kind of fault, and look at what is left; `make faults`.

Each command runs once for each call that changes a file and each kind of fault: where files are few for every call,
until the fault no longer fires, else for the first and the last of those that are alike. FAULTS=full takes every call
of every command, the long ones too, which lasts hours; names of commands as arguments take these alone. The counts go
into docs/hardening.json; what is wrong after a fault is printed, and the exit code is 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

from auditctl.errors import ExitCode
from hardening.faults.commands import Command, stage
from hardening.faults.served import Server
from hardening.faults.shim import KINDS, build
from hardening.faults.trial import Bench, Fault, Result, Usual, numbers
from scripts.hardening import HardeningError, record

_WORKERS = 2
_EVERY = os.environ.get("FAULTS") == "full"
_FURTHER = 1
"""Calls beyond those of the usual run that are tried: threads do not make the same calls each time."""


def main(only: list[str]) -> None:
    """Run all, print the table, and keep the counts."""
    with tempfile.TemporaryDirectory(prefix="auditctl-faults-") as temporary:
        folder = Path(temporary)
        library = build(folder)
        read = folder / "read"
        read.mkdir()
        commands = [
            command for command in stage(read) if command.name in only or (not only and (_EVERY or not command.long))
        ]
        benches: SimpleQueue[Bench] = SimpleQueue()
        servers = [Server(library) for _ in range(_WORKERS)]
        for number, server in enumerate(servers):
            benches.put(Bench(server, folder / f"worker-{number}"))
        results = [result for command in commands for result in _all_faults(command, benches)]
        for server in servers:
            server.end()
    wrong = [result for result in results if result.problems]
    if only:
        sys.exit(1 if wrong else 0)
    counts = _counts(results)
    try:
        record("faults", counts, none=["unsafe"], varies=["attempts"])
    except HardeningError as error:
        sys.exit(f"make faults: {error}")


def _all_faults(command: Command, benches: SimpleQueue[Bench]) -> list[Result]:
    """Meet one command with everything, and print its line."""
    began = monotonic()
    bench = benches.get()
    usual = bench.usual(command)
    if usual.code not in (ExitCode.COMPLETE, ExitCode.FLAGGED, ExitCode.NOT_EVIDENCED) or not usual.calls:
        sys.exit(f"make faults: {command.name} ends with {usual.code} where nothing fails")
    benches.put(bench)

    def one(fault: Fault) -> Result:
        bench = benches.get()
        try:
            return bench.try_(fault, usual)
        finally:
            benches.put(bench)

    with ThreadPoolExecutor(_WORKERS) as workers:
        results = []
        for result in workers.map(one, _faults(command, usual)):
            results.append(result)
            if result.problems:
                _print_wrong(result)
    fired = Counter(result.fault.kind.name for result in results if result.met)
    kinds = "  ".join(f"{kind.name} {fired[kind.name]:4}" for kind in KINDS)
    wrong = sum(bool(result.problems) for result in results)
    took = monotonic() - began
    sys.stdout.write(f"{command.name:22} fired {fired.total():4}  {kinds}  unsafe {wrong:3}  {took:5.0f} s\n")
    sys.stdout.flush()
    return results


def _faults(command: Command, usual: Usual) -> Iterator[Fault]:
    for kind in command.kinds:
        chosen = list(numbers(usual, kind, every=_EVERY or command.every))
        last = max(chosen, default=0)
        beyond = range(last + 1, last + 1 + _FURTHER) if _EVERY or command.every else ()
        for at in (*chosen, *beyond):
            yield Fault(command, kind, at)


def _counts(results: list[Result]) -> dict[str, int]:
    fired = [result for result in results if result.met]
    counts = {
        "attempts": len(results),
        "fired": len(fired),
        "safe": sum(not result.problems for result in fired),
        "unsafe": sum(bool(result.problems) for result in fired),
    }
    counts |= {kind.name: sum(result.fault.kind.name == kind.name for result in fired) for kind in KINDS}
    calls = Counter(result.met.name for result in fired if result.met)
    return counts | dict(sorted(calls.items()))


def _print_wrong(result: Result) -> None:
    met = result.met
    place = f"{met.name} {met.path}" if met else ""
    sys.stdout.write(f"{result.fault.command.name}: {result.fault.kind.name} at call {result.fault.at}, {place}\n")
    sys.stdout.writelines(f"    {problem}\n" for problem in result.problems)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
