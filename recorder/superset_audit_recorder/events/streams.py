"""Files that are sent as they are made: recorded when they end, with the rows that were sent."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from flask import Response

from superset_audit_recorder.events.requests import act
from superset_audit_recorder.events.rows import Rows
from superset_audit_recorder.record import Record, utc_now
from superset_audit_recorder.recorder import Recorder


def watch(response: Response, recorder: Recorder, record: Record, backend: str | None) -> None:
    """Have an export recorded when its last part was given out, or when it broke off.

    One that broke off says so (`broken_off`), and succeeded if rows had been sent: they are outside.
    """
    started = act().started

    def ended(rows: int, whole: bool) -> None:
        with recorder.guarded(record.action):
            told = replace(
                record,
                occurred_at=utc_now(),
                duration_ms=round((perf_counter() - started) * 1000),
                event_outcome="succeeded" if whole or rows else "failed",
                reason=None if whole else "broken_off",
                rows=rows,
            )
            recorder.record(told, backend)

    response.response = Rows(iter(response.response), ended)


def is_stream(response: Response, record: Record) -> bool:
    """Return whether an export is a CSV that is made while it is sent."""
    return record.event_outcome == "succeeded" and record.export_format == "csv" and response.is_streamed
