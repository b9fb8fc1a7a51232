"""Processes that a test starts in order to end them: `python -m tests.recorder.children WHAT FOLDER`."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path

from superset_audit_recorder.pipeline import Pipeline
from superset_audit_recorder.record import Record

from .sinks import FileSink, MemorySink


def send_until_killed(folder: Path, pipeline: Pipeline, most: int) -> None:
    """Write each event id to a file, then enqueue it."""
    sent = os.open(folder / "sent", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(most):
        record = Record(action="UserLoggedIn")
        os.write(sent, f"{record.event_id}\n".encode())
        pipeline.enqueue(record)
    sys.stdout.write("sent\n")
    sys.stdout.flush()
    time.sleep(60)


def deliver(folder: Path) -> None:
    """Send to a sink that needs 2 ms for each, in batches of 50."""
    pipeline = Pipeline([FileSink(folder / "kept", 0.002)], folder / "spool", batch=50)
    send_until_killed(folder, pipeline, 20_000)


def fill(folder: Path) -> None:
    """Send 500 to a sink that is down; the spool has room for no more than a part."""
    pipeline = Pipeline([MemorySink("file", down=True)], folder / "spool", limit=20_000, batch=10, retry=(60, 60))
    send_until_killed(folder, pipeline, 500)


def leave(folder: Path) -> None:
    """End as it should while the sink is down."""
    pipeline = Pipeline([MemorySink("file", down=True)], folder / "spool")
    for _ in range(100):
        pipeline.enqueue(Record(action="UserLoggedIn"))


def exit_at_once(folder: Path) -> None:
    """Send and end."""
    pipeline = Pipeline([FileSink(folder / "kept")], folder / "spool")
    for _ in range(100):
        pipeline.enqueue(Record(action="UserLoggedIn"))


def in_a_task_process(folder: Path) -> None:
    """Send from a process as Celery makes them for tasks."""
    task = multiprocessing.get_context("fork").Process(target=exit_at_once, args=(folder,))
    task.start()
    task.join()


def full_disk(folder: Path) -> None:
    """Send 400 while no file may grow over 20,000 bytes and the sink is down, then let it come up."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    sink = MemorySink(down=True)
    pipeline = Pipeline([sink], folder / "spool", size=300, batch=10, retry=(0.01, 0.05))
    sent = []
    for _ in range(40):
        for _ in range(10):
            record = Record(action="UserLoggedIn")
            sent.append(record.event_id)
            pipeline.enqueue(record)
        time.sleep(0.005)
    waiting = pipeline.counts()["sinks"]["memory"]["waiting"]
    sink.down = False
    good = pipeline.flush(10)
    lost = pipeline.counts()["sinks"]["memory"]["lost"]
    # Those that were accepted are the first ones, and came in order.
    good = good and sink.kept == sent[:waiting] and lost == len(sent) - waiting and 300 < waiting < 400
    sys.stdout.write("good\n" if good else f"{waiting} waited, {len(sink.kept)} kept, {lost} lost\n")


if __name__ == "__main__":
    does = {
        **{"deliver": deliver, "fill": fill, "leave": leave},
        **{"exit": exit_at_once, "task": in_a_task_process, "full": full_disk},
    }
    does[sys.argv[1]](Path(sys.argv[2]))
