"""However a process ends, each of its records is kept, or waits, or is in a count."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from superset_audit_recorder.pipeline import Pipeline
from superset_audit_recorder.record import Record

from .sinks import FileSink, MemorySink

CHECKOUT = Path(__file__).parents[2]


def start(what: str, folder: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "recorder")])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.recorder.children", what, str(folder)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def succeed(folder: Path, sink: FileSink | MemorySink) -> None:
    """Run a pipeline as the next process would."""
    pipeline = Pipeline([sink], folder / "spool")
    pipeline.start()
    assert pipeline.flush(20)
    pipeline.close()


def lost_events(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.action == "RecorderLost"]


@pytest.mark.parametrize("after", [0.05, 0.3, 0.7])
def test_killed_in_the_middle_of_a_delivery_every_record_is_accounted_for(tmp_path: Path, after: float) -> None:
    child = start("deliver", tmp_path)
    while not (tmp_path / "kept").exists():
        time.sleep(0.005)
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    child.communicate()

    sent = (tmp_path / "sent").read_text().split()
    before = [line.split()[1] for line in (tmp_path / "kept").read_text().splitlines()]
    heir = MemorySink("file")
    succeed(tmp_path, heir)

    (lost,) = lost_events(heir.records)
    numbers = lost.details["sinks"]["file"]
    arrived = {*before, *heir.kept} - {lost.event_id}
    assert len(sent) - lost.details["enqueued"] in (0, 1)  # killed between writing it down and enqueueing it
    assert lost.details["enqueued"] == len(arrived) + numbers["lost"]
    assert lost.details["enqueued"] == numbers["delivered"] + numbers["waiting"] + numbers["lost"]
    # In order, and nothing but the batch that was under way comes twice.
    assert [event for event in sent if event in arrived] == list(dict.fromkeys([*before, *heir.kept[:-1]]))
    assert sum(count - 1 for count in Counter([*before, *heir.kept]).values()) <= 50
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_was_in_memory_alone_is_counted_as_lost(tmp_path: Path) -> None:
    child = start("fill", tmp_path)
    assert child.stdout is not None
    assert child.stdout.readline() == "sent\n"
    time.sleep(0.2)
    child.send_signal(signal.SIGKILL)
    child.communicate()

    heir = MemorySink("file")
    succeed(tmp_path, heir)
    (lost,) = lost_events(heir.records)
    kept = len(heir.kept) - 1
    assert 0 < kept < 60  # 20,000 bytes
    assert lost.details["enqueued"] == 500
    assert lost.details["sinks"]["file"] == {"delivered": 0, "waiting": kept, "refused": 0, "lost": 500 - kept}
    assert lost.event_outcome == "failed"
    assert lost.target_name is not None
    assert str(child.pid) in lost.target_name


def test_what_waits_at_a_clean_end_is_taken_over_and_nothing_is_reported_lost(tmp_path: Path) -> None:
    assert start("leave", tmp_path).wait() == 0
    heir = MemorySink("file")
    succeed(tmp_path, heir)
    assert len(heir.kept) == len(set(heir.kept)) == 100
    assert lost_events(heir.records) == []
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("what", ["exit", "task"])
def test_a_process_that_ends_at_once_has_delivered(tmp_path: Path, what: str) -> None:
    assert start(what, tmp_path).wait() == 0
    assert len((tmp_path / "kept").read_text().splitlines()) == 100
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_waits_for_a_sink_that_is_no_longer_configured_stays(tmp_path: Path) -> None:
    assert start("leave", tmp_path).wait() == 0
    other = MemorySink("other")
    succeed(tmp_path, other)
    assert other.kept == []
    again = MemorySink("file")
    succeed(tmp_path, again)
    assert len(again.kept) == 100


def test_a_living_process_keeps_what_is_its_own(tmp_path: Path) -> None:
    waiting = MemorySink("file", down=True)
    living = Pipeline([waiting], tmp_path / "spool", retry=(0.01, 0.05))
    living.enqueue(Record(action="UserLoggedIn"))
    time.sleep(0.1)
    other = MemorySink("file")
    succeed(tmp_path, other)
    assert other.kept == []
    waiting.down = False
    assert living.flush(5)
    assert len(waiting.kept) == 1
    living.close()


def test_on_a_full_disk_records_wait_in_memory_in_order_and_the_rest_is_counted(tmp_path: Path) -> None:
    child = start("full", tmp_path)
    assert child.communicate()[0] == "good\n"
