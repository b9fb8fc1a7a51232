"""Records reach every sink, in order, whatever a sink or the disk does meanwhile."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from superset_audit_recorder.pipeline import Pipeline
from superset_audit_recorder.record import Record

from .sinks import MemorySink


@contextmanager
def pipeline(*sinks: MemorySink, spool: Path, **how: Any) -> Iterator[Pipeline]:
    """Give a pipeline that tries again at once."""
    made = Pipeline(sinks, spool, retry=(0.01, 0.05), **how)
    try:
        yield made
    finally:
        for sink in sinks:
            sink.gate.set()
        made.close()


def send(to: Pipeline, count: int, action: str = "UserLoggedIn") -> list[str]:
    records = [Record(action=action) for _ in range(count)]
    for record in records:
        to.enqueue(record)
    return [record.event_id for record in records]


def wait_until(true: Any) -> None:
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until, "it did not happen within 10 seconds"
        time.sleep(0.005)


def test_every_sink_gets_every_record_in_order(tmp_path: Path) -> None:
    one, other = MemorySink("one"), MemorySink("other")
    with pipeline(one, other, spool=tmp_path) as made:
        sent = send(made, 2000)
        assert made.flush(10)
        assert one.kept == other.kept == sent
        assert made.counts()["enqueued"] == 2000
        assert made.counts()["sinks"]["one"]["delivered"] == 2000


def test_nothing_is_left_on_the_disk_after_a_clean_end(tmp_path: Path) -> None:
    with pipeline(MemorySink(), spool=tmp_path) as made:
        send(made, 10)
    assert list(tmp_path.iterdir()) == []


def test_what_waits_while_a_sink_is_down_comes_once_and_in_order(tmp_path: Path) -> None:
    sink, other = MemorySink(down=True), MemorySink("other")
    with pipeline(sink, other, spool=tmp_path) as made:
        sent = send(made, 700)
        wait_until(lambda: sink.tries > 3)
        sent += send(made, 700)
        wait_until(lambda: other.kept == sent)  # the other does not wait for it
        assert made.counts()["sinks"]["memory"] == {
            **{"delivered": 0, "waiting": 1400},
            **{"taken_over": 0, "refused": 0, "lost": 0},
        }
        sink.down = False
        assert made.flush(10)
        assert sink.kept == sent


def test_a_sink_that_stays_down_is_tried_less_and_less_often(tmp_path: Path) -> None:
    sink = MemorySink(down=True)
    made = Pipeline([sink], tmp_path, retry=(0.05, 0.2))
    began = time.monotonic()
    send(made, 1)
    wait_until(lambda: sink.tries == 5)
    # Pauses of 0.05, 0.1, 0.2 and, being the longest, 0.2 seconds.
    assert time.monotonic() - began >= 0.55
    made.close()


def test_records_that_follow_each_other_are_delivered_together(tmp_path: Path) -> None:
    sink = MemorySink()
    with pipeline(sink, spool=tmp_path, gather=60, batch=100) as made:
        sent = send(made, 99)
        wait_until(lambda: made.counts()["sinks"]["memory"]["waiting"] == 99)
        assert sink.tries == 0
        sent += send(made, 1)  # a whole batch
        wait_until(lambda: sink.kept == sent)
        assert sink.tries == 1


def test_the_end_waits_for_no_further_records(tmp_path: Path) -> None:
    sink = MemorySink()
    with pipeline(sink, spool=tmp_path, gather=60) as made:
        sent = send(made, 3)
        began = time.monotonic()
    assert time.monotonic() - began < 30
    assert sink.kept == sent


def test_a_record_is_on_the_disk_before_its_request_goes_on(tmp_path: Path) -> None:
    with pipeline(MemorySink("one"), MemorySink("two"), spool=tmp_path, gather=60) as made:
        made.start()
        wait_until(lambda: made.flush(0.01))
        for event in [send(made, 1)[0] for _ in range(20)]:
            assert [event in path.read_text() for path in tmp_path.glob("*.spool")] == [True, True]


def test_a_slow_sink_holds_up_neither_requests_nor_other_sinks(tmp_path: Path) -> None:
    slow, quick = MemorySink("slow"), MemorySink("quick")
    slow.gate.clear()
    with pipeline(slow, quick, spool=tmp_path, size=100) as made:
        began = time.monotonic()
        sent = send(made, 1000)
        assert time.monotonic() - began < 10
        wait_until(lambda: quick.kept == sent)
        assert slow.kept == []
        slow.gate.set()
        assert made.flush(10)
        assert slow.kept == sent


def test_a_full_queue_overflows_to_the_disk_in_order(tmp_path: Path) -> None:
    sink = MemorySink()
    with pipeline(sink, spool=tmp_path, size=1) as made:
        sent = send(made, 500)
        assert made.flush(10)
        assert sink.kept == sent
        assert made.counts()["lost"] == 0


def test_a_record_that_is_refused_is_put_aside_and_holds_up_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = MemorySink(refuses="Bad", down=True)
    with pipeline(sink, spool=tmp_path) as made:
        before, (bad,), after = send(made, 3), send(made, 1, "Bad"), send(made, 3)
        sink.down = False
        assert made.flush(10)
        assert sink.kept == before + after
        assert made.counts()["sinks"]["memory"]["refused"] == 1
    assert bad in (tmp_path / "refused-by-memory.jsonl").read_text()
    assert "memory refuses an audit record, which is kept in refused-by-memory.jsonl: not this one" in caplog.messages


def test_a_failing_sink_is_said_once_a_minute(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sink = MemorySink(down=True)
    with pipeline(sink, spool=tmp_path) as made:
        send(made, 1)
        wait_until(lambda: sink.tries > 3)
        said = [entry for entry in caplog.records if entry.name == "superset_audit_recorder"]
        assert [entry.levelno for entry in said] == [logging.ERROR]
        assert said[0].message == "1 audit records wait for memory: ConnectionError: no answer"
        sink.down = False


def test_without_a_folder_records_wait_in_memory_and_what_finds_no_room_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = MemorySink(down=True)
    (tmp_path / "file").write_text("")
    with pipeline(sink, spool=tmp_path / "file" / "spool", size=20) as made:
        sent = send(made, 20)
        wait_until(lambda: made.counts()["sinks"]["memory"]["waiting"] == 20)
        send(made, 5)
        wait_until(lambda: made.counts()["sinks"]["memory"]["lost"] == 5)
        sink.down = False
        assert made.flush(10)
        assert sink.kept == sent
    assert any("The spool folder cannot be written" in message for message in caplog.messages)
    assert any("audit records for memory are lost" in message for message in caplog.messages)


def test_what_cannot_be_written_as_json_is_said_and_counted_and_raises_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pipeline(MemorySink(), spool=tmp_path) as made:
        made.enqueue(Record(action="Odd", details={"what": object()}))
        assert made.counts()["lost"] == 1
    assert any(message.startswith("An audit record Odd is lost: TypeError") for message in caplog.messages)


@pytest.mark.filterwarnings("ignore:.*is multi-threaded:DeprecationWarning")
def test_a_process_made_by_fork_records_on_its_own(tmp_path: Path) -> None:
    sink = MemorySink(down=True)
    with pipeline(sink, spool=tmp_path / "spool") as made:
        mine = send(made, 50)
        wait_until(lambda: made.counts()["sinks"]["memory"]["waiting"] == 50)
        child = os.fork()
        if child == 0:
            try:
                sink.down = False
                sent = send(made, 30)
                good = made.flush(5) and sink.kept == sent and made.counts()["enqueued"] == 30
                made.close()
                os._exit(0 if good else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        sink.down = False
        assert made.flush(10)
        assert sink.kept == mine


def test_heartbeats_come_at_the_start_while_it_runs_and_at_the_end(tmp_path: Path) -> None:
    sink = MemorySink()
    with pipeline(sink, spool=tmp_path, kinds=["sign_in", "refusal"], beat=0.1) as made:
        made.start()
        wait_until(lambda: len(sink.records) >= 3)
    beats = [record.details for record in sink.records]
    assert {record.action for record in sink.records} == {"RecorderHeartbeat"}
    assert [beat["beat"] for beat in beats] == ["start", *["running"] * (len(beats) - 2), "stop"]
    assert beats[0]["kinds"] == ["sign_in", "refusal"]
    assert beats[0]["counts"]["enqueued"] == 0
    assert beats[-1]["counts"]["enqueued"] == len(beats) - 1
