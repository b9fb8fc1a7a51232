"""Records to a topic of Kafka. Needs the extra `kafka`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError
from superset_audit_recorder.writer_file import new_writer_id

_TOO_LARGE: Final = "MSG_SIZE_TOO_LARGE"


class KafkaError(OSError):
    """The brokers did not take records."""


class KafkaSink:
    """Produces one message per record and waits until all replicas in sync have it.

    Messages of one process carry one key: they lie in one partition, in order. A batch may come twice:
    `event_id` says so.
    """

    name = "kafka"

    def __init__(
        self, servers: str, topic: str, options: Mapping[str, Any] | None = None, timeout: float = 30.0
    ) -> None:
        """Connect to nothing yet.

        Args:
            servers: `host:port`, separated by commas.
            topic: The topic.
            options: Further settings of librdkafka, e.g. `security.protocol`, `ssl.ca.location`, `sasl.password`.
            timeout: Seconds after which messages that no broker has taken are given up, to be offered again.
        """
        self._config = {
            **(options or {}),
            "bootstrap.servers": servers,
            "acks": "all",
            "enable.idempotence": True,
            "delivery.timeout.ms": int(timeout * 1000),
        }
        self._topic = topic
        self._timeout = timeout
        self._process: int | None = None
        self._producer: Any = None
        self._key = b""

    def deliver(self, records: Sequence[Record]) -> None:
        """Produce records.

        Raises:
            RecordRefusedError: one of them is larger than a message may be.
            KafkaError: a broker did not confirm one of them in time.
        """
        failures: list[Any] = []
        producer = self._connected()
        for record in records:
            self._produce(producer, record.to_json().encode(), failures)
        # Each message ends on its own within the timeout; a little longer, and all have been heard of.
        left = producer.flush(self._timeout + 5)
        if left or failures:
            self._producer = None  # what it still has must not come after what is offered again
            producer.purge()
            if any(failure.name() == _TOO_LARGE for failure in failures):
                raise RecordRefusedError("larger than a message may be")
            raise KafkaError(failures[0].str() if failures else "no broker answers")

    def _produce(self, producer: Any, message: bytes, failures: list[Any]) -> None:
        from confluent_kafka import KafkaException

        try:
            producer.produce(
                self._topic,
                message,
                self._key,
                on_delivery=lambda error, _: failures.append(error) if error is not None else None,
            )
        except KafkaException as error:
            failures.append(error.args[0])

    def _connected(self) -> Any:
        """Return the producer of this process: one made before a fork has no threads in the child."""
        if self._process != os.getpid():
            self._process, self._key, self._producer = os.getpid(), new_writer_id().encode(), None
        if self._producer is None:
            from confluent_kafka import Producer

            self._producer = Producer(self._config)
        return self._producer
