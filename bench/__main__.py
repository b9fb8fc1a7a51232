"""Measure auditctl against its peers and print a table of ratios; `make bench`.

BENCH=quick takes a tenth of the rows, BENCH=full 18 million. `bench/results.json` holds what was measured.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.data import SIZES, UNTIL, Sizes, demo, fill_postgresql, long_sqlite
from bench.timing import Command, Comparison, compare
from tests.servers.launch import launching
from tests.servers.postgresql import start_postgresql
from tests.servers.server import Server

RESULTS: Final = Path(__file__).with_name("results.json")
_LOGS: Final = "SELECT * FROM logs ORDER BY id"
# What a query command cannot do without: a command line with one option.
_BARE: Final = "import typer\ndef one(since: str = ''): pass\ntyper.run(one)"


def main() -> None:
    """Measure, print the table and write the results."""
    size = os.environ.get("BENCH") or "default"
    if size not in SIZES:
        sys.exit(f"BENCH={size}: it is one of {', '.join(SIZES)}")
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="auditctl-bench-")))
        server = start_postgresql(ends.enter_context(launching("bench")))
        bench = Bench(folder, server, SIZES[size])
        done: list[Comparison] = []
        for comparison in bench.comparisons():
            done.append(comparison)
            sys.stdout.write(f"{_line(comparison)}\n")
            sys.stdout.flush()
        scans = bench.scans()
    sys.stdout.write(f"Sequential scans of logs by one data pass: {scans}\n")
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": os.getloadavg()[0],
        "size": size,
        "scans_of_logs": scans,
        "comparisons": [comparison.as_json() for comparison in done],
    }
    RESULTS.write_text(f"{json.dumps(document, indent=2)}\n", encoding="utf-8")


class Bench:
    """The comparisons over one set of databases; each command writes into files of its own."""

    def __init__(self, folder: Path, server: Server, sizes: Sizes) -> None:
        self._folder = folder
        self._server = server
        self._sizes = sizes
        for name, thousands in (("large", sizes.large), ("small", sizes.small), ("empty", 0)):
            sys.stderr.write(f"bench: filling a log of {thousands},000 rows\n")
            fill_postgresql(server, name, thousands)

    def comparisons(self) -> Iterator[Comparison]:
        """Measure one after the other."""
        large, small, empty = (self._url(name) for name in ("large", "small", "empty"))
        copy, sqlite = self._copy("large"), long_sqlite(self._sizes.sqlite)
        log = self._side("log", large)
        yield compare("extraction, PostgreSQL", log, "psql \\copy", copy, 1.5)
        csv = self._shell(f"sqlite3 -csv {sqlite} '{_LOGS}' >")
        yield compare("extraction, SQLite", self._side("log", f"sqlite:///{sqlite}"), "sqlite3 -csv", csv, 2.0)
        yield compare("extraction, 10 times the rows", log, "a tenth", self._side("log", small), 10.5)
        data = self._side("data", large)
        yield compare("data pass of soc2", data, "psql \\copy", copy, 2.5)
        yield compare("data pass, 10 times the rows", data, "a tenth", self._side("data", small), 10.5)
        logins = ["failed-logins", "--since", "24h"]
        yield compare("failed-logins", self._auditctl(large, *logins), "empty log", self._auditctl(empty, *logins), 1.5)
        yield from self._starts()

    def _starts(self) -> Iterator[Comparison]:
        python = sys.executable
        version = Command([python, "-m", "auditctl", "--version"], {})
        yield compare("--version", version, "python -c pass", Command([python, "-c", "pass"], {}), 1.6)
        shown = self._auditctl(self._url("small"), "--help")
        yield compare("--help", shown, "import typer", Command([python, "-c", "import typer"], {}), 1.3)
        query = self._auditctl(self._url("small"), "failed-logins", "--help")
        bare = Command([python, "-c", _BARE, "--help"], {"TYPER_USE_RICH": "0"})
        yield compare("failed-logins --help", query, "bare typer", bare, 1.3)

    def scans(self) -> int:
        """Return how often one data pass reads the log from end to end, as the server counts it."""
        before = self._scanned()
        side = self._side("data", self._url("large"))
        subprocess.run(side.arguments, env={**os.environ, **side.environment}, check=True, stdout=subprocess.DEVNULL)
        return self._scanned() - before

    def _scanned(self) -> int:
        ((scanned,),) = self._server.run(
            "SELECT pg_stat_clear_snapshot()",
            "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'logs'",
            database="large",
        )
        return int(scanned)

    def _url(self, database: str) -> str:
        url = self._server.url(database).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def _side(self, what: str, url: str) -> Command:
        command = f'rm -rf {self._folder}/side && exec "$0" -m bench.side {what} {self._folder}/side "$1"'
        settings = str(demo() / "auditctl.toml")
        return Command(["sh", "-c", command, sys.executable, settings], {"AUDITCTL_SOURCE_URL": url})

    def _auditctl(self, url: str, *arguments: str) -> Command:
        return Command(
            [sys.executable, "-m", "auditctl", *arguments],
            {"AUDITCTL_SOURCE_URL": url, "AUDITCTL_NOW": UNTIL, "TYPER_USE_RICH": "0"},
        )

    def _copy(self, database: str) -> Command:
        server = self._server
        address = {"PGHOST": server.host, "PGPORT": str(server.port), "PGUSER": server.admin}
        return self._shell(
            f'psql -qX {database} -c "\\copy ({_LOGS}) TO STDOUT (FORMAT csv)" >',
            {**address, "PGPASSWORD": server.password},
        )

    def _shell(self, command: str, environment: dict[str, str] | None = None) -> Command:
        out = self._folder / "peer.csv"
        return Command(["sh", "-c", f"{command} {out}"], environment or {})


def _line(done: Comparison) -> str:
    verdict = "ok" if done.ratio <= done.reach else "over"
    return (
        f"{done.name:<30} {done.ours.seconds:>8.2f} s   {done.peer:<14} {done.theirs.seconds:>8.2f} s   "
        f"{done.ratio:>6.2f}x of {done.reach:>4}x  {verdict:<5} {done.ours.peak_mb:>5.0f} MB"
    )


if __name__ == "__main__":
    main()
