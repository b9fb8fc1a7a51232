"""Records to the brokers that librdkafka itself mocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError
from superset_audit_recorder.sinks.kafka import KafkaError, KafkaSink

kafka = pytest.importorskip("confluent_kafka")


@pytest.fixture
def servers() -> Iterator[str]:
    cluster = kafka.Producer({"bootstrap.servers": "", "test.mock.num.brokers": 3, "log_level": 0})
    yield ",".join(f"{broker.host}:{broker.port}" for broker in cluster.list_topics(timeout=10).brokers.values())
    del cluster


def read(servers: str, count: int) -> list[Any]:
    consumer = kafka.Consumer(
        {"bootstrap.servers": servers, "group.id": "auditors", "auto.offset.reset": "earliest", "log_level": 0}
    )
    consumer.subscribe(["audit"])
    found: list[Any] = []
    until = time.monotonic() + 30
    while len(found) < count and time.monotonic() < until:
        found += [one for one in consumer.consume(count, timeout=1.0) if one.error() is None]
    consumer.close()
    return found


def test_messages_of_a_process_lie_in_one_partition_in_order(servers: str) -> None:
    sink = KafkaSink(servers, "audit", {"log_level": 0})
    records = [Record(action="UserLoggedIn", username=f"user{number}") for number in range(200)]
    sink.deliver(records[:150])
    sink.deliver(records[150:])
    messages = read(servers, 200)
    assert [Record.from_json(message.value().decode()) for message in messages] == records
    assert len({(message.partition(), message.key()) for message in messages}) == 1


def test_without_a_broker_records_are_not_taken_and_come_when_there_is_one(servers: str) -> None:
    record = Record(action="UserLoggedIn")
    with pytest.raises(KafkaError):
        KafkaSink("127.0.0.1:9", "audit", {"log_level": 0}, timeout=1.0).deliver([record])
    KafkaSink(servers, "audit", {"log_level": 0}).deliver([record])
    assert len(read(servers, 1)) == 1


def test_a_record_larger_than_a_message_may_be_is_refused(servers: str) -> None:
    sink = KafkaSink(servers, "audit", {"log_level": 0, "message.max.bytes": 2000})
    with pytest.raises(RecordRefusedError, match="larger than a message may be"):
        sink.deliver([Record(action="StatementExecuted", sql_text="x" * 3000)])
