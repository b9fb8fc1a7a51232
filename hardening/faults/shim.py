"""The library that is loaded before all others (shim.c): built, and told where the fault is to be."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import signal
import subprocess
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

VARIABLE = "FAULTS_ORDER"
_SOURCE = Path(__file__).with_name("shim.c")


class Calls(IntFlag):
    """Kinds of calls that change a file, as in shim.c."""

    OPEN = 1
    WRITE = 2
    FSYNC = 4
    RENAME = 8
    MKDIR = 16
    LINK = 32
    UNLINK = 64
    CLOSE = 128


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault, and the calls that it can meet."""

    name: str
    code: int
    """errno; 0 where it is a signal."""
    signal: int
    calls: Calls
    to_main: bool = True
    """The signal goes to the process that was started, also where another one of the run calls."""


_ROOM_IS_NEEDED = ~Calls.UNLINK & Calls(255)
_STOPS = ~Calls.CLOSE & Calls(255)  # nothing of a file changes there
SIGKILL = Kind("SIGKILL", 0, signal.SIGKILL, _STOPS)
KINDS = (
    SIGKILL,
    Kind("SIGTERM", 0, signal.SIGTERM, _STOPS),
    Kind("EIO", errno.EIO, 0, Calls(255)),
    Kind("ENOSPC", errno.ENOSPC, 0, _ROOM_IS_NEEDED),
    Kind("EDQUOT", errno.EDQUOT, 0, _ROOM_IS_NEEDED),
)
SIGKILL_APART = Kind("SIGKILL", 0, signal.SIGKILL, _STOPS, to_main=False)
"""Of a process that the run started: what the system does to it where memory is short."""


class _Order(ctypes.Structure):
    """`struct order` of shim.c."""

    _fields_ = (
        ("count", ctypes.c_int),
        ("at", ctypes.c_int),
        ("calls", ctypes.c_int),
        ("code", ctypes.c_int),
        ("signal", ctypes.c_int),
        ("to_main", ctypes.c_int),
        ("only_apart", ctypes.c_int),
        ("main", ctypes.c_int),
        ("below", ctypes.c_char * 1024),
        ("log", ctypes.c_char * 1024),
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was counted."""

    number: int
    name: str
    apart: bool
    path: str


def build(folder: Path) -> Path:
    """Compile the library into `folder`.

    Raises:
        CalledProcessError: the C compiler refused.
        FileNotFoundError: there is no C compiler.
    """
    library = folder / "shim.so"
    options = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([os.environ.get("CC", "cc"), *options, "-o", library, _SOURCE, "-ldl"], check=True)
    return library


def give_order(path: Path, room: Path, kind: Kind, at: int, *, only_apart: bool) -> None:
    """Write what is to happen in the next run: at call `at` of those that `kind` can meet, below `room`; 0: nothing."""
    log = _log(path)
    log.unlink(missing_ok=True)
    order = _Order(
        at=at,
        calls=int(kind.calls),
        code=kind.code,
        signal=kind.signal,
        to_main=kind.to_main,
        only_apart=only_apart,
        below=f"{room}/".encode(),
        log=str(log).encode(),
    )
    path.write_bytes(bytes(order).ljust(mmap.PAGESIZE, b"\0"))


def calls_of(path: Path) -> list[Call]:
    """Return the calls of the run that followed the order at `path`."""
    log = _log(path)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    calls = []
    for line in lines:
        number, name, where, called = line.split("\t", 3)
        calls.append(Call(int(number), name, where == "apart", called))
    return calls


def follow(path: str) -> None:
    """Make this process, and those that it starts, follow the order at `path`."""
    os.environ[VARIABLE] = path
    ctypes.CDLL(None).faults_follow(os.fsencode(path))


def _log(path: Path) -> Path:
    return path.with_suffix(".log")
