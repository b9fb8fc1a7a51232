"""The way of records to one sink: spool, delivery, and again after a failure."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from superset_audit_recorder.complaints import Complaints
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError, Sink
from superset_audit_recorder.spool import Spool


class Lane:
    """One sink, what waits for it, and the thread that delivers.

    A line goes into the spool first and leaves it when the sink has it. Where the disk refuses lines, up to `memory` of
    them wait in memory, behind those of the spool; what then finds no room is lost, counted and said.
    """

    def __init__(
        self,
        sink: Sink,
        spool: Spool,
        refusals: Path,
        complaints: Complaints,
        *,
        batch: int,
        memory: int,
        retry: tuple[float, float],
        gather: float = 0.0,
    ) -> None:
        """Start nothing yet. `retry` and `gather` are those of `Plan`."""
        self.sink = sink
        self.lost = 0
        self._spool = spool
        self._refusals = refusals
        self._complaints = complaints
        self._batch = batch
        self._room = memory
        self._retry = retry
        self._gather = gather
        self._memory: deque[str] = deque()
        self._in_flight = 0  # lines of the memory that the sink is being offered
        self._changed = threading.Condition()
        self._closing = False
        self._pause = 0.0  # seconds until the next try, after a failure
        self._wakes_at: int | None = None  # so many that wait wake the thread; None: it looks by itself
        self._thread = threading.Thread(target=self._run, name=f"audit-{sink.name}", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Records that the sink does not have yet."""
        return self._spool.waiting + len(self._memory)

    def counts(self) -> dict[str, int]:
        """Return what became of the records of this process."""
        state = self._spool.state
        return {
            "delivered": state.delivered,
            "waiting": self.waiting,
            "taken_over": state.taken,
            "refused": state.refused,
            "lost": self.lost,
        }

    def offer(self, lines: Sequence[str], *, taken: bool = False) -> bool:
        """Accept lines; those `taken` over from another process only if all of them find room on the disk.

        Returns:
            Whether all are on the disk.
        """
        at_once = len(lines) if taken else self._batch
        with self._changed:
            for at in range(0, len(lines), at_once):
                if not self._store(lines[at : at + at_once], taken=taken):
                    if not taken:
                        self._remember(lines[at:])
                    break
            else:
                at = len(lines)
            if self._wakes_at is not None and self.waiting >= self._wakes_at:
                self._changed.notify()
        return at == len(lines)

    @property
    def unsaved(self) -> int:
        """Of those that wait, the ones that are in memory alone."""
        return len(self._memory)

    def close(self, deadline: float) -> None:
        """Try once more to deliver, no longer than until `deadline` (monotonic)."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._spool.close(remove=not self.waiting)

    def abandon(self) -> None:
        """Close, in a child made by fork, what the parent has open."""
        self._spool.abandon()

    def _store(self, lines: Sequence[str], *, taken: bool) -> bool:
        """Append lines to the spool, after those that wait in memory; those must not be with the sink just now."""
        if self._in_flight:
            return False
        try:
            if self._memory:
                self._spool.append(list(self._memory))
                self._memory.clear()
            self._spool.append(lines, taken=taken)
        except OSError as error:
            self._complaints.say(f"spool {self.sink.name}", f"The spool of {self.sink.name} cannot be written: {error}")
            return False
        return True

    def _remember(self, lines: Sequence[str]) -> None:
        room = self._room - len(self._memory)
        self._memory.extend(lines[:room])
        lost = len(lines) - max(room, 0)
        if lost > 0:
            self.lost += lost
            self._complaints.say(f"lost {self.sink.name}", f"{lost} audit records for {self.sink.name} are lost")

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._pause:
                    self._wait(None, self._pause)
                else:
                    self._wait(1, None)
                    self._wait(self._batch, self._gather)
                closing = self._closing
                if not self.waiting:
                    if closing:
                        return
                    continue
            if self._deliver():
                self._pause = 0.0
            elif closing:
                return
            else:
                first, longest = self._retry
                self._pause = min(max(first, self._pause * 2), longest)

    def _wait(self, records: int | None, seconds: float | None) -> None:
        """Wait until so many records wait, but no longer than so many seconds, nor when all is to end."""
        self._wakes_at = records
        self._changed.wait_for(
            lambda: self._closing or (records is not None and self.waiting >= records), timeout=seconds
        )
        self._wakes_at = None

    def _deliver(self) -> bool:
        """Offer the oldest records to the sink; return whether it has answered for all of them."""
        try:
            with self._changed:
                lines = self._spool.peek(self._batch)
                from_memory = not lines
                if from_memory:
                    lines = list(islice(self._memory, self._batch))
                    self._in_flight = len(lines)
            self._settle(lines, from_memory=from_memory)
        except Exception as error:  # noqa: BLE001 - whatever a sink raises, the records stay and are offered again
            name, what = self.sink.name, f"{type(error).__name__}: {_one_line(error)}"
            self._complaints.say(f"sink {name}", f"{self.waiting} audit records wait for {name}: {what}")
            return False
        finally:
            self._in_flight = 0
        return True

    def _settle(self, lines: list[str], *, from_memory: bool) -> None:
        try:
            self.sink.deliver([Record.from_json(line) for line in lines])
        except (RecordRefusedError, ValueError) as error:
            if len(lines) > 1:
                # Those that it takes must not wait behind the one that it will never take.
                for line in lines:
                    self._settle([line], from_memory=from_memory)
                return
            self._put_aside(lines[0], error)
            self._forget(lines, from_memory=from_memory, refused=True)
        else:
            self._forget(lines, from_memory=from_memory, refused=False)

    def _forget(self, lines: list[str], *, from_memory: bool, refused: bool) -> None:
        if not from_memory:
            self._spool.settle(lines, refused=refused)
            return
        with self._changed:
            for _ in lines:
                self._memory.popleft()
        self._spool.count(len(lines), refused=refused)

    def _put_aside(self, line: str, error: Exception) -> None:
        """Keep a record that the sink refuses, for a person to look at."""
        name = self.sink.name
        self._complaints.say(
            f"refused {name}",
            f"{name} refuses an audit record, which is kept in {self._refusals.name}: {_one_line(error)}",
        )
        try:
            file = os.open(self._refusals, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, f"{line}\n".encode())
            finally:
                os.close(file)
        except OSError as failure:
            self._complaints.say(f"refused file {name}", f"{self._refusals.name} cannot be written: {failure}")


def _one_line(error: Exception) -> str:
    """Return the first line of a message: those that follow may quote what was to be written."""
    return next(iter(str(error).splitlines()), "")[:300]
