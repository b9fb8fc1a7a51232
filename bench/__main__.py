"""Measure auditctl against its peers and print a table of ratios; `make bench`.

BENCH=quick takes a tenth of the rows, BENCH=full 18 million. `bench/results.json` holds what was measured, README.md
its table. All else is written into a temporary folder, and into `bench/.cache`, whose data the next run takes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NoReturn

from auditctl.source.tables import table_specs
from bench.data import SIZES, UNTIL, Sizes, demo, fill_postgresql, long_sqlite
from bench.server import Seen, watching
from bench.table import Circumstances, Figure, Measured, as_json, line, write_readme
from bench.timing import Command, Comparison, Side, comparison, in_turn, run
from tests.servers.server import Server
from tests.servers.session import find_servers

RESULTS: Final = Path(__file__).with_name("results.json")
_QUESTIONS: Final = Path(__file__).with_name("questions.sql")
_SPEC: Final = table_specs()["logs"]
_READ: Final = (name for name in _SPEC.related if name not in _SPEC.extended)
_LOGS: Final = f"SELECT {', '.join(_READ)} FROM logs ORDER BY id"
"""The rows that are extracted, with the same columns."""
# What a query command cannot do without: a command line with one option.
_BARE: Final = "import typer\ndef one(since: str = ''): pass\ntyper.run(one)"
_ANSWERS: Final = (0, 1, 4)  # 1 and 4: with flagged rows, or saying what is missing
_ALL: Final = "2025-01-01..2027-01-01"


def main() -> None:
    """Measure, print the table and write the results."""
    size = os.environ.get("BENCH") or "default"
    if size not in SIZES:
        sys.exit(f"BENCH={size}: it is one of {', '.join(SIZES)}")
    for number in (signal.SIGTERM, signal.SIGHUP):  # the folder goes, as on Ctrl-C
        signal.signal(number, _stop)
    circumstances = Circumstances.now(size)
    done: list[Measured] = []
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="auditctl-bench-")))
        server = find_servers(folder, os.getpid(), "postgresql")["postgresql"]  # it ends with this process
        if isinstance(server, str):
            sys.exit(f"bench: no PostgreSQL: {server}")
        bench = Bench(folder, server, SIZES[size])
        for measured in bench.measure():
            done.append(measured)
            sys.stdout.write(f"{line(measured)}\n")
            sys.stdout.flush()
    RESULTS.write_text(f"{json.dumps(as_json(circumstances, done, bench.seen), indent=2)}\n", encoding="utf-8")
    write_readme(circumstances, done, bench.seen)


def _stop(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


class Bench:
    """The comparisons over one set of databases; each command writes into files of its own."""

    def __init__(self, folder: Path, server: Server, sizes: Sizes) -> None:
        self._folder = folder
        self._server = server
        self._sizes = sizes
        self._settings = _settings(folder)
        self.seen = Seen()
        """What the server counted during a data pass."""
        for name, thousands in (("large", sizes.large), ("small", sizes.small), ("empty", 0)):
            sys.stderr.write(f"bench: filling a log of {thousands},000 rows\n")
            fill_postgresql(server, name, thousands)

    def measure(self) -> Iterator[Measured]:
        """Measure one after the other."""
        yield from self._starts()
        yield from self._extraction()
        yield from self._data_pass()
        logins = ["failed-logins", "--since", "24h", "--trust-ids"]
        large, empty = (self._auditctl(self._url(name), *logins) for name in ("large", "empty"))
        yield self._compare("failed-logins --since 24h --trust-ids", large, "an empty log", empty, 1.5)
        yield self._redaction()
        yield from self._pages()
        (pack,) = self._pack("large").iterdir()
        yield self._questions(pack)
        yield self._verify(pack)

    def _starts(self) -> Iterator[Measured]:
        python = sys.executable
        version = Command([python, "-m", "auditctl", "--version"], {})
        yield self._compare("--version", version, "python -c pass", Command([python, "-c", "pass"], {}), 1.6)
        shown = self._auditctl(self._url("small"), "--help")
        yield self._compare("--help", shown, "import typer", Command([python, "-c", "import typer"], {}), 1.3)
        query = self._auditctl(self._url("small"), "failed-logins", "--help")
        bare = Command([python, "-c", _BARE, "--help"], {"TYPER_USE_RICH": "0"})
        yield self._compare("start of failed-logins", query, "bare typer", bare, 1.3)

    def _extraction(self) -> Iterator[Measured]:
        log, copy, tenth = self._against_copy_and_tenth("log")
        yield comparison("extraction, PostgreSQL", "psql \\copy", 1.5, log, copy)
        yield comparison("extraction at 10 times the rows", "a tenth", 10.5, log, tenth)
        sqlite = long_sqlite(self._sizes.sqlite)
        csv = self._shell(f"sqlite3 -csv {sqlite} '{_LOGS}' >")
        ours = self._side("log", f"sqlite:///{sqlite}")
        yield self._compare("extraction, SQLite", ours, "sqlite3 -csv", csv, 2.0)

    def _data_pass(self) -> Iterator[Measured]:
        data, copy, tenth = self._against_copy_and_tenth("data")
        yield comparison("data pass of soc2", "psql \\copy", 2.5, data, copy)
        times = comparison("data pass at 10 times the rows", "a tenth", 10.5, data, tenth)
        yield times
        yield Figure("peak memory of the data pass", times.ours.peak_mb, "MB", 300)
        yield Figure("peak memory at 10 times the rows", times.ours.peak_mb / times.theirs.peak_mb, "x", 1.1)
        with watching(self._server, "large") as self.seen:
            run(self._side("data", self._url("large")))
        yield Figure("sequential scans of logs in a data pass", self.seen.scans, "", 2)
        yield Figure("longest transaction of a data pass", self.seen.longest_seconds, "s")

    def _redaction(self) -> Figure:
        sys.stderr.write("bench: redaction\n")
        done = run(self._side("redact", "", str(self._sizes.statements)))
        return Figure(f"redaction of {int(done.printed):,} distinct statements, two processes", done.seconds, "s")

    def _questions(self, pack: Path) -> Comparison:
        names = re.findall(r"^-- ([a-z_]+)$", _QUESTIONS.read_text(encoding="utf-8"), re.MULTILINE)
        ours = self._side("queries", "", str(pack / "population"), *names)
        asked = self._psql("large", f"-f {_QUESTIONS} >")
        return self._compare(f"{len(names)} queries of soc2 in DuckDB", ours, "the server, one by one", asked, 0.2)

    def _verify(self, pack: Path) -> Comparison:
        sums = Command(["sh", "-c", 'cd "$0" && sha256sum --quiet -c SHA256SUMS', str(pack)], {})
        size = sum(path.stat().st_size for path in pack.rglob("*")) / 1e6
        ours = self._auditctl("", "verify", str(pack))
        return self._compare(f"verify of a pack of {size:.0f} MB", ours, "sha256sum of its files", sums, 1.3)

    def _pages(self) -> Iterator[Measured]:
        """Make the report of the large log and of the small one, and draw their pages several times over."""
        ours: dict[str, list[Side]] = {}
        for name, bare in (("large", True), ("small", False)):
            sys.stderr.write(f"bench: report of the {name} log\n")
            arguments = [_ALL, str(self._pack(name).parent), str(self._settings), str(self._sizes.drawings)]
            command = [sys.executable, "-m", "bench.pages", *arguments, str(int(bare))]
            done = run(Command(command, {"AUDITCTL_SOURCE_URL": self._url(name), **self._private}))
            seconds = json.loads(done.printed.splitlines()[-1])
            ours[name] = [Side(mine, done.peak_mb) for mine in seconds["ours"]]
            if bare:
                theirs = [Side(one, 0) for one in seconds["bare"]]
                yield comparison("HTML and PDF of soc2", "bare weasyprint", 1.2, ours[name], theirs)
        yield comparison("HTML and PDF at 10 times the rows", "a tenth", 1.3, ours["large"], ours["small"])

    def _pack(self, name: str) -> Path:
        """Return the folder in which the report of a log is made."""
        return self._folder / f"report-{name}" / "pack"

    def _compare(self, name: str, ours: Command, peer: str, theirs: Command, reach: float) -> Comparison:
        sys.stderr.write(f"bench: {name}\n")
        mine, others = in_turn(self._sizes.rounds, ours, theirs)
        return comparison(name, peer, reach, mine, others)

    def _against_copy_and_tenth(self, what: str) -> list[list[Side]]:
        """Run it on the large log, psql on the same, and it on the small log."""
        sys.stderr.write(f"bench: {what}\n")
        large, small = (self._side(what, self._url(name)) for name in ("large", "small"))
        return in_turn(self._sizes.rounds, large, self._copy("large"), small)

    @property
    def _private(self) -> dict[str, str]:
        """What keeps a command's files in the folder of this run."""
        return {"AUDITCTL_NOW": UNTIL, "AUDITCTL_REDACTION_KEY_FILE": str(self._folder / "redaction.key")}

    def _url(self, database: str) -> str:
        url = self._server.url(database).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def _side(self, what: str, url: str, *more: str) -> Command:
        command = f'rm -rf {self._folder}/side && exec "$0" -m bench.side {what} {self._folder}/side "$@"'
        arguments = ["sh", "-c", command, sys.executable, str(self._settings), *more]
        return Command(arguments, {"AUDITCTL_SOURCE_URL": url, **self._private})

    def _auditctl(self, url: str, *arguments: str) -> Command:
        return Command(
            [sys.executable, "-m", "auditctl", *arguments],
            {**({"AUDITCTL_SOURCE_URL": url} if url else {}), "TYPER_USE_RICH": "0", **self._private},
            _ANSWERS,
        )

    def _copy(self, database: str) -> Command:
        return self._psql(database, f'-c "\\copy ({_LOGS}) TO STDOUT (FORMAT csv)" >')

    def _psql(self, database: str, asked: str) -> Command:
        server = self._server
        address = {"PGHOST": server.host, "PGPORT": str(server.port), "PGUSER": server.admin}
        return self._shell(
            f"psql -qXAt -v ON_ERROR_STOP=1 {database} {asked}", {**address, "PGPASSWORD": server.password}
        )

    def _shell(self, command: str, environment: dict[str, str] | None = None) -> Command:
        out = self._folder / "peer.csv"
        return Command(["sh", "-c", f"{command} {out}"], environment or {})


def _settings(folder: Path) -> Path:
    """Copy the settings of the demo, and the files beside them, to where the bench may write."""
    for path in demo().iterdir():
        if path.suffix in (".toml", ".csv"):
            shutil.copy(path, folder)
    return folder / "auditctl.toml"


if __name__ == "__main__":
    main()
