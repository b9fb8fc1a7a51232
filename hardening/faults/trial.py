"""One run with one fault, and what must hold after it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from auditctl.errors import ExitCode
from hardening.faults.commands import Command
from hardening.faults.served import Server
from hardening.faults.shim import KINDS, Call, Calls, Kind, calls_of, give_order

_NOTHING = Kind("none", 0, 0, Calls(255))
_KEY = re.compile(rb"[0-9a-f]{64}\n")
_SIGNING_KEY = re.compile(rb"PRIVATE\+KEY\+\S+\n")
# SQLite says in its own words what the system told it.
_ALSO_SAID = {"input/output error": ("disk i/o error",), "no space left on device": ("disk is full",)}
_ARROW_CLOSES = ("error closing file",)  # it does not pass on why
_NAMED = re.compile(r"auditctl: (?=.*(cannot|could not)).*(/|TMPDIR|the output|\.\w|cannot write \w+:)")


@dataclass(frozen=True, slots=True)
class Usual:
    """What a command does when nothing fails."""

    code: int
    outputs: dict[str, bytes]
    complaints: int
    """Lines on stderr."""
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a run is to be met."""

    command: Command
    kind: Kind
    at: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a fault."""

    fault: Fault
    met: Call | None
    """The call that it met; None where the run made fewer."""
    code: int
    problems: tuple[str, ...]


class Bench:
    """A room of its own for one run after the other."""

    def __init__(self, server: Server, folder: Path) -> None:
        folder.mkdir()
        self._server = server
        self._order = folder / "order"
        self._errors = folder / "order.err"
        self._room = folder / "room"

    def usual(self, command: Command) -> Usual:
        """Run a command without any fault."""
        self._empty()
        code = self._run(command, _NOTHING, 0)
        calls = calls_of(self._order)
        if left := self._leftovers():
            raise RuntimeError(f"{command.name}: leaves {left}")
        return Usual(code, self._outputs(), len(self._said()), tuple(calls))

    def try_(self, fault: Fault, usual: Usual) -> Result:
        """Run a command with a fault and look at what it left."""
        self._empty()
        code = self._run(fault.command, fault.kind, fault.at)
        met = next((call for call in calls_of(self._order) if call.number == fault.at), None)
        if met is None:
            return Result(fault, None, code, ())
        problems = [*self._of_code(fault, met, usual, code), *self._of_files(usual, code)]
        left = self._leftovers()
        if left and fault.kind.signal != KINDS[0].signal and met.name not in ("unlink", "close"):
            problems.append(f"left {left[0]}")
        if left:
            problems += self._of_next(fault.command, usual)
        return Result(fault, met, code, tuple(problems))

    def _of_code(self, fault: Fault, met: Call, usual: Usual, code: int) -> Iterator[str]:
        said = self._said()
        if any("Traceback" in line or "internal error" in line for line in said):
            yield f"says {said[-1]}"
        if fault.kind.signal:
            ended = -fault.kind.signal if fault.kind.name == "SIGKILL" else 128 + fault.kind.signal
            if met.apart and not fault.kind.to_main:
                ended = ExitCode.OUTPUT
            if code != ended:
                yield f"ends with {code}, not {ended}: {said[-1:]}"
            return
        if code == usual.code:
            return  # what failed did not matter, as long as all is there
        if code != ExitCode.OUTPUT:
            yield f"ends with {code}, not {ExitCode.OUTPUT.value}: {said[-1:]}"
            return
        words = os.strerror(fault.kind.code).lower()
        line = said[-1] if said else ""
        spoken = (words, *_ALSO_SAID.get(words, ()), *(_ARROW_CLOSES if met.name == "close" else ()))
        if not any(word in line.lower() for word in spoken) or not _NAMED.match(line):
            yield f"says {line!r}"
        if len(said) > usual.complaints + 1:
            yield f"says more than a line: {said[-2:]}"

    def _of_files(self, usual: Usual, code: int) -> Iterator[str]:
        found = self._outputs()
        for name, data in found.items():
            if name not in usual.outputs:
                yield f"{name} is there"
            elif (problem := self._wrong(name, data, usual.outputs[name])) is not None:
                yield f"{name} {problem}"
        if code == usual.code and found.keys() != usual.outputs.keys():
            yield f"ends with {code} without {sorted(usual.outputs.keys() - found.keys())}"
        for name in found:
            if not name.startswith(("demo/", "own/")) and (wide := _wide(self._room / name)):
                yield f"{wide} can be read by others"

    def _of_next(self, command: Command, usual: Usual) -> Iterator[str]:
        code = self._run(command, _NOTHING, 0)
        if command.name == "queries new" and code == ExitCode.USAGE:  # its name is taken: nothing is opened
            return
        if code not in (usual.code, ExitCode.OUTPUT):
            yield f"the next run ends with {code}: {self._said()[-1:]}"
        if code == ExitCode.OUTPUT and not re.search(r"exists|is there already", (self._said() or [""])[-1]):
            yield f"the next run says {self._said()[-1:]}"
        if left := self._leftovers():
            yield f"the next run leaves {left[0]}"
        yield from self._of_files(usual, code)

    def _wrong(self, name: str, data: bytes, usual: bytes) -> str | None:
        path = self._room / name
        if name.startswith("out/"):
            code = self._verify(path)
            return None if code == 0 else f"does not verify: {code}"
        if name.endswith(".key"):
            return None if (_KEY.fullmatch(data) or _SIGNING_KEY.fullmatch(data)) else "is no key"
        if name.endswith(".xlsx"):
            return None if _sheets(path) == _sheets_of(usual) else "is not the whole workbook"
        if name.endswith(".sqlite"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                (said,) = database.execute("PRAGMA integrity_check").fetchone()
            return None if said == "ok" else str(said)
        return None if data == usual else "is not whole"

    def _verify(self, path: Path) -> int:
        order = self._order.with_name("verify")
        room = self._room.with_name("verified")
        (room / "tmp").mkdir(parents=True, exist_ok=True)
        give_order(order, room, _NOTHING, 0, only_apart=False)
        return self._server.run(("verify", str(path)), room, order)

    def _run(self, command: Command, kind: Kind, at: int) -> int:
        give_order(self._order, self._room, kind, at, only_apart=command.only_apart)
        self._errors.unlink(missing_ok=True)
        (self._room / "stdout").unlink(missing_ok=True)
        return self._server.run(command.arguments, self._room, self._order, apart=command.apart)

    def _empty(self) -> None:
        shutil.rmtree(self._room, ignore_errors=True)
        (self._room / "tmp").mkdir(parents=True)
        (self._room / "own").mkdir()

    def _said(self) -> list[str]:
        return self._errors.read_text(encoding="utf-8", errors="replace").splitlines() if self._errors.exists() else []

    def _outputs(self) -> dict[str, bytes]:
        """Return what a user sees: a pack by its folder, with no bytes."""
        seen = {}
        for path in _entries(self._room):
            if not path.name.startswith("."):
                packed = path.is_dir() or path.suffix == ".zip"
                seen[str(path.relative_to(self._room))] = b"" if packed else path.read_bytes()
        return seen

    def _leftovers(self) -> list[str]:
        hidden = [path for path in _entries(self._room) if path.name.startswith(".")]
        base = self._room / "tmp" / f"auditctl-{os.geteuid()}"
        temporary = [path for path in (self._room / "tmp").iterdir() if path != base]
        runs = list(base.iterdir()) if base.is_dir() else []
        return [str(path.relative_to(self._room)) for path in (*hidden, *temporary, *runs)]


def numbers(usual: Usual, kind: Kind, *, every: bool) -> Iterable[int]:
    """Return the calls of a run that a fault is to meet: `every` one, or first and last of those that are alike.

    Alike are calls of one kind into files of one kind: of 60 Parquet files in the temporary folder, that are written
    by one line of code, it is the first write and the last.
    """
    met = [call for call in usual.calls if Calls[call.name.upper()] & kind.calls]
    if every:
        return range(1, len(met) + 1)
    alike: dict[tuple[str, bool, str], list[int]] = {}
    for number, call in enumerate(met, start=1):
        alike.setdefault((call.name, call.apart, _place(call.path)), []).append(number)
    return sorted({number for same in alike.values() for number in (same[0], same[-1])})


def _place(path: str) -> str:
    """Return where a file lies and of what kind it is, without what differs from run to run or file to file."""
    _, _, within = path.partition("/room/")
    folder, _, name = re.sub(r"-\d+-[0-9a-f]{16}|\.\d+(?=/|$)|evidence/\w+", "", within).rpartition("/")
    return f"{folder}/{name.partition('.')[2]}"


def _entries(room: Path) -> Iterator[Path]:
    for path in room.iterdir():
        if path.name in ("out", "demo", "own"):
            yield from path.glob("*/*" if path.name == "own" else "*")
        elif path.name not in ("tmp", "stdout"):
            yield path


def _wide(path: Path) -> Path | None:
    every = [path, *path.rglob("*")] if path.is_dir() else [path]
    return next((one for one in every if stat.S_IMODE(one.stat().st_mode) & 0o077), None)


def _sheets(path: Path) -> list[tuple[str, int]] | None:
    try:
        return _sheets_of(path.read_bytes())
    except BadZipFile:
        return None


def _sheets_of(data: bytes) -> list[tuple[str, int]]:
    import io

    with ZipFile(io.BytesIO(data)) as book:
        return [(entry.filename, entry.CRC) for entry in book.infolist() if not entry.filename.startswith("docProps")]
