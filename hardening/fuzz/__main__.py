"""Fuzz the readers by atheris, each in a process of its own for so many seconds; `make fuzz` (FUZZ_SECONDS, 60).

python -m hardening.fuzz                  all readers, and the counts into docs/hardening.json
python -m hardening.fuzz READER SECONDS   one; an input that breaks it is printed
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from scripts.hardening import HardeningError, record

NAMES: Final = ("manifest", "sums", "note", "header", "settings", "people", "sign_ins")
_EXECUTED: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_LEAST: Final = 1_000
"""Inputs that each reader is given at least, on any machine: else nothing was fuzzed."""


def main() -> None:
    """Fuzz all readers, two at a time."""
    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    with ThreadPoolExecutor(2) as pool:
        executed = dict(zip(NAMES, pool.map(lambda name: _run(name, seconds), NAMES), strict=True))
    for name, inputs in executed.items():
        sys.stdout.write(f"{name:<10} {inputs:>12,} inputs\n")
    broken = [name for name, inputs in executed.items() if inputs < _LEAST]
    if broken:
        sys.exit(f"fuzz: {', '.join(broken)}: broken, or given fewer than {_LEAST:,} inputs")
    counts = {"readers": len(NAMES), "seconds_each": seconds, "inputs": sum(executed.values()), "broken": 0}
    try:
        record("fuzz", counts, none=["broken"], varies=["seconds_each", "inputs"])
    except HardeningError as error:
        sys.exit(str(error))


def _run(name: str, seconds: int) -> int:
    """Return how many inputs a reader was given; 0 where one broke it."""
    command = [sys.executable, "-m", "hardening.fuzz", name, str(seconds)]
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        sys.stderr.write(f"--- {name}\n{done.stderr[-4000:]}\n")
        return 0
    found = _EXECUTED.search(done.stderr)
    return int(found[1]) if found else 0


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one reader in this process, which ends with it."""
    import atheris  # a wheel for few versions of Python: only `make fuzz` installs it

    with atheris.instrument_imports(include=["auditctl"]):
        from hardening.fuzz.readers import READERS
    read, seeds = READERS[name]

    def one(data: bytes) -> None:
        read(data)

    with tempfile.TemporaryDirectory(prefix="auditctl-fuzz-") as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / f"seed-{number}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=10", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], str(corpus), "-max_len=4096", *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fuzz(sys.argv[1], int(sys.argv[2]))
    else:
        main()
