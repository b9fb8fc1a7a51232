"""Sinks of the tests, and the child process that they kill."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError


@dataclass
class MemorySink:
    """Keeps event ids; raises while `down`, refuses the actions in `refuses`, waits for `gate`."""

    name: str = "memory"
    down: bool = False
    refuses: str | None = None
    slowness: float = 0.0
    kept: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    tries: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    def deliver(self, records: Sequence[Record]) -> None:
        self.tries += 1
        self.gate.wait()
        time.sleep(self.slowness)
        if self.down:
            raise ConnectionError("no answer")
        if any(record.action == self.refuses for record in records):
            raise RecordRefusedError("not this one")
        self.kept += [record.event_id for record in records]
        self.records += records


@dataclass(frozen=True)
class FileSink:
    """Appends event ids to a file, a line each, slowly."""

    path: Path
    slowness: float = 0.0
    name: str = "file"

    def deliver(self, records: Sequence[Record]) -> None:
        for record in records:
            time.sleep(self.slowness)
            with self.path.open("a") as file:
                file.write(f"{os.getpid()} {record.event_id}\n")
