"""A pipeline in one process: its queue, its threads, and what it leaves when it ends."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from superset_audit_recorder.complaints import Complaints
from superset_audit_recorder.estate import spool_path, take_over
from superset_audit_recorder.heartbeat import heartbeat
from superset_audit_recorder.lane import Lane
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import Sink
from superset_audit_recorder.spool import Spool
from superset_audit_recorder.writer_file import WriterFile, new_writer_id

_PATIENCE: Final = 0.05
"""Seconds that a request may wait for another thread that is writing to the disk, when the queue is full."""


@dataclass(frozen=True)
class Plan:
    """How a pipeline works, in every process.

    Attributes:
        sinks: Each gets every record.
        spool: A folder of this host, on a disk that outlives the process; processes may share it.
        size: Records that the queue holds; as many may wait in memory for a sink while the disk refuses them.
        kinds: What is being recorded, for the heartbeats; without any there are none.
        batch: Records that a sink is given at once, at most.
        gather: Seconds that the first of them waits for others: a delivery costs as much for one as for many.
        limit: Bytes that may wait for one sink of one process.
        retry: The first and the longest time between tries, in seconds.
        beat: Seconds between heartbeats, and between looks for what dead processes left.
    """

    sinks: tuple[Sink, ...]
    spool: Path
    size: int
    kinds: tuple[str, ...]
    batch: int
    limit: int
    retry: tuple[float, float]
    beat: float
    gather: float


class Running:
    """The queue of one process, its way to the disk, and the thread that sees to what a request did not.

    The request that makes a record also writes it to the disk, and all that is queued before it, unless another thread
    is writing: it waits for none. To wake a thread for each record would cost more than the write.
    """

    def __init__(self, plan: Plan, complaints: Complaints) -> None:
        """Start the threads."""
        self._plan = plan
        self._complaints = complaints
        self._writer = new_writer_id()
        self._file = WriterFile(plan.spool, self._writer)
        if self._file.error is not None:
            complaints.say("folder", f"The spool folder cannot be written, records wait in memory: {self._file.error}")
        self._queue: deque[str] = deque()
        self._changed = threading.Condition()
        self._moving = threading.Lock()
        self._closing = False
        self._looked = False  # for what dead processes left
        self._lanes = {sink.name: self._lane(sink) for sink in plan.sinks}
        self._mover = threading.Thread(target=self._run, name="audit-queue", daemon=True)
        for lane in self._lanes.values():
            lane.start()
        self._mover.start()

    def put(self, record: Record) -> None:
        """Queue a record, and write the queue to the disk unless another thread does; wait for it if the queue is full.

        Raises:
            TimeoutError: another thread has been writing for too long.
            RuntimeError: the process is ending.
        """
        with self._changed:
            self._count()
            if self._closing:
                raise RuntimeError("the recorder has stopped")
            line = record.to_json()
            full = len(self._queue) >= self._plan.size
            if not full:
                self._queue.append(line)
        if self._moving.acquire(timeout=_PATIENCE if full else 0):
            try:
                self._move([line] if full else [])
            finally:
                self._moving.release()
        elif full:
            raise TimeoutError("the queue is full, and the disk does not answer")
        else:
            with self._changed:
                self._changed.notify()

    def count_lost(self) -> None:
        """Count a record that found no place."""
        with self._changed:
            self._file.lost += 1
            self._file.save()

    def idle(self) -> bool:
        """Return whether nothing is on its way."""
        with self._moving:
            return self._looked and not self._queue and not any(lane.waiting for lane in self._lanes.values())

    def counts(self) -> dict[str, Any]:
        """Return what `Pipeline.counts` does."""
        lanes = {name: lane.counts() for name, lane in self._lanes.items()}
        return {"enqueued": self._file.enqueued, "queued": len(self._queue), "lost": self._file.lost, "sinks": lanes}

    def close(self, timeout: float) -> None:
        """End the threads; the files stay where something waits."""
        until = time.monotonic() + timeout
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._mover.join(timeout)
        for lane in self._lanes.values():
            lane.close(until)
        # What is in memory alone ends with the process: the next one reports it, as after a kill.
        self._file.save(closed=not any(lane.unsaved for lane in self._lanes.values()))
        if not any(lane.waiting for lane in self._lanes.values()):
            self._file.remove()
        self._file.abandon()

    def abandon(self) -> None:
        """Close, in a child made by fork, what the parent has open."""
        self._file.abandon()
        for lane in self._lanes.values():
            lane.abandon()

    def _lane(self, sink: Sink) -> Lane:
        plan = self._plan
        spool = Spool(spool_path(plan.spool, self._writer, sink.name), plan.limit)
        refusals = plan.spool / f"refused-by-{sink.name}.jsonl"
        return Lane(
            sink,
            spool,
            refusals,
            self._complaints,
            batch=plan.batch,
            memory=plan.size,
            retry=plan.retry,
            gather=plan.gather,
        )

    def _run(self) -> None:
        """Move lines that no request moved, beat, and look for what dead processes left."""
        self._beat("start")
        self._take_over()
        self._looked = True
        due = time.monotonic() + self._plan.beat
        while not self._closing:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing, timeout=max(0.0, due - time.monotonic()))
            if time.monotonic() >= due:
                due = time.monotonic() + self._plan.beat
                self._beat("running")
                self._take_over()
            self._empty()
        self._beat("stop")
        self._empty()

    def _beat(self, when: str) -> None:
        if self._plan.kinds:
            self._add([heartbeat(self._plan.kinds, self._writer, when, self.counts())])

    def _take_over(self) -> None:
        try:
            self._add(take_over(self._plan.spool, self._writer, self._lanes))
        except (OSError, ValueError) as error:
            self._complaints.say("estate", f"What an ended process left cannot be taken over: {error}")

    def _add(self, records: Sequence[Record]) -> None:
        """Queue records of the recorder itself, however full the queue is."""
        with self._changed:
            for record in records:
                self._count()
                self._queue.append(record.to_json())

    def _count(self) -> None:
        self._file.enqueued += 1
        self._file.save()

    def _empty(self) -> None:
        with self._moving:
            self._move([])

    def _move(self, more: list[str]) -> None:
        """Hand the queue, then `more`, to every lane; the caller holds `_moving`."""
        with self._changed:
            lines = [*self._queue, *more]
            self._queue.clear()
        if lines:
            for lane in self._lanes.values():
                lane.offer(lines)
