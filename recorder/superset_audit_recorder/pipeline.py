"""Records on their way from a request to the sinks: never in the way of the request, and never silently lost."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from superset_audit_recorder.complaints import Complaints
from superset_audit_recorder.record import Record
from superset_audit_recorder.running import Plan, Running
from superset_audit_recorder.sinks import Sink


class Pipeline:
    """Takes records from requests, keeps them on the disk until every sink has them, and counts.

    It starts with the first record of a process, also of one made by fork. A record goes into a queue in memory, and
    from there, before its request goes on, into a spool per sink, unless another thread is writing there just then,
    which takes it along or leaves it to a thread of its own. A thread per sink delivers from there, in order, again and
    again until the sink has it: at least once. A process that is killed loses what was in the queue, and no more; a
    machine that loses its power also what the system had not yet written to the disk.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        spool: Path,
        *,
        size: int = 10_000,
        kinds: Sequence[str] = (),
        batch: int = 500,
        limit: int = 1 << 30,
        retry: tuple[float, float] = (1.0, 60.0),
        beat: float = 300.0,
        gather: float = 0.0,
    ) -> None:
        """Start nothing and write nothing yet; see `Plan` for the arguments."""
        self._plan = Plan(tuple(sinks), spool, size, tuple(kinds), batch, limit, retry, beat, gather)
        self._complaints = Complaints()
        self._running: Running | None = None
        self._starting = threading.Lock()

    def enqueue(self, record: Record) -> None:
        """Take a record. It never raises, and waits for no sink; a record that finds no place is counted and said."""
        running = None
        try:
            running = self._started()
            running.put(record)
        except Exception as error:  # noqa: BLE001 - the act of a user must not fail because it is recorded
            self._complaints.say("enqueue", f"An audit record {record.action} is lost: {type(error).__name__}: {error}")
            if running is not None:
                running.count_lost()

    def start(self) -> None:
        """Start the threads of this process, unless they run: heartbeats then come before the first record."""
        self._started()

    def flush(self, timeout: float) -> bool:
        """Wait until every sink has every record, no longer than `timeout` seconds; return whether it has."""
        running, until = self._running, time.monotonic() + timeout
        while running is not None and not running.idle():
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def close(self, timeout: float = 5.0) -> None:
        """Deliver what can be within `timeout` seconds, leave the rest on the disk for the next process, and stop."""
        with self._starting:
            running, self._running = self._running, None
            _STARTED.discard(self)
        if running is not None:
            running.close(timeout)

    def counts(self) -> dict[str, Any]:
        """Return the counts of this process: `enqueued`, of these `queued` and `lost` before any sink, and per sink."""
        running = self._running
        return running.counts() if running is not None else {}

    def _started(self) -> Running:
        running = self._running
        if running is None:
            with self._starting:
                running = self._running
                if running is None:
                    running = self._running = Running(self._plan, self._complaints)
                    _STARTED.add(self)
                    _close_at_the_end_of_a_task_process()
        return running

    def _forked(self) -> None:
        """Forget, in a child, what is the parent's; the parent's locks may be held for ever there."""
        self._starting = threading.Lock()
        self._complaints = Complaints()
        running, self._running = self._running, None
        if running is not None:
            running.abandon()


_STARTED: set[Pipeline] = set()
"""Those of this process; held, or one that nobody holds any more would not be closed at the end."""


def _forked() -> None:
    for pipeline in list(_STARTED):
        pipeline._forked()
    _STARTED.clear()


@atexit.register
def _close_all() -> None:
    for pipeline in list(_STARTED):
        pipeline.close()


def _close_at_the_end_of_a_task_process() -> None:
    """Have pipelines closed also where a process made by multiprocessing, or by Celery, ends: it runs no atexit."""
    for name in ("multiprocessing.util", "billiard.util"):
        if name in sys.modules:
            sys.modules[name].Finalize(None, _close_all, exitpriority=0)
    # A process of Celery's pool ends with os._exit, and tells nothing else.
    if "celery.signals" in sys.modules:
        sys.modules["celery.signals"].worker_process_shutdown.connect(_close_in_celery, weak=False)


def _close_in_celery(**_: Any) -> None:
    _close_all()


os.register_at_fork(after_in_child=_forked)
