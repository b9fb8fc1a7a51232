"""Records to a collector over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from superset_audit_recorder.pipeline import Pipeline
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError
from superset_audit_recorder.sinks.webhook import WebhookError, WebhookSink

from .collector import Collector, collector

TWO = [Record(action="UserLoggedIn", username="alice"), Record(action="UserLoginFailed", username="zoë\n")]


@pytest.fixture
def there() -> Iterator[Collector]:
    with collector() as found:
        yield found


def test_a_batch_is_lines_of_json_with_the_token(there: Collector) -> None:
    WebhookSink(there.url, "s3cret").deliver(TWO)
    assert [(one["event_id"], one["username"]) for one in there.got[0]] == [
        (TWO[0].event_id, "alice"),
        (TWO[1].event_id, "zoë\n"),
    ]
    assert there.headers[0]["Authorization"] == "Bearer s3cret"
    assert there.headers[0]["Content-Type"] == "application/x-ndjson"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_answer_that_may_change_is_an_error_to_be_tried_again(there: Collector, status: int) -> None:
    there.answers = [status]
    with pytest.raises(WebhookError, match=f"^answer {status}$"):
        WebhookSink(there.url, "s3cret").deliver(TWO)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_an_answer_that_will_stay_refuses_the_records(there: Collector, status: int) -> None:
    there.answers = [status]
    with pytest.raises(RecordRefusedError, match=f"^answer {status}$"):
        WebhookSink(there.url, "s3cret").deliver(TWO)


def test_a_redirect_is_not_followed(there: Collector) -> None:
    there.answers = [302]
    with pytest.raises(WebhookError, match="answer 302"):
        WebhookSink(there.url, "s3cret").deliver(TWO)
    assert len(there.headers) == 1


def test_a_collector_that_does_not_answer_in_time_is_an_error(there: Collector) -> None:
    there.slowness = 0.5
    with pytest.raises(TimeoutError):
        WebhookSink(there.url, "s3cret", timeout=0.05).deliver(TWO)


def test_nobody_listening_is_an_error_and_names_no_token() -> None:
    with pytest.raises(OSError, match="refused") as caught:
        WebhookSink("http://127.0.0.1:9/audit", "s3cret").deliver(TWO)
    assert "s3cret" not in str(caught.value)


def test_behind_a_pipeline_an_outage_loses_nothing(there: Collector, tmp_path: Path) -> None:
    there.answers = [503, 503, 503]
    pipeline = Pipeline([WebhookSink(there.url, "s3cret")], tmp_path, retry=(0.01, 0.02))
    records = [Record(action="UserLoggedIn") for _ in range(50)]
    for record in records:
        pipeline.enqueue(record)
    assert pipeline.flush(10)
    pipeline.close()
    assert [one["event_id"] for batch in there.got for one in batch] == [record.event_id for record in records]


def test_a_batch_that_is_too_large_is_sent_one_by_one(there: Collector, tmp_path: Path) -> None:
    there.answers = [503, 413]
    pipeline = Pipeline([WebhookSink(there.url, "s3cret")], tmp_path, retry=(0.2, 0.2))
    for _ in range(5):
        pipeline.enqueue(Record(action="UserLoggedIn"))
    assert pipeline.flush(10)
    pipeline.close()
    assert [len(batch) for batch in there.got] == [1, 1, 1, 1, 1]
