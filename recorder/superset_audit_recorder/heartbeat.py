"""The records that say that the recorder runs, what it records, and what became of a process that ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from superset_audit_recorder.record import BEAT, LOST, Record
from superset_audit_recorder.writer_file import Numbers


def heartbeat(kinds: Sequence[str], writer: str, when: str, counts: Mapping[str, Any]) -> Record:
    """Return a `RecorderHeartbeat`.

    Args:
        kinds: What is being recorded, e.g. `sign_in`.
        writer: The process.
        when: `start`, `running` or `stop`.
        counts: Those of the process so far.
    """
    details = {"kinds": list(kinds), "process": writer, "beat": when, "counts": dict(counts)}
    return Record(action=BEAT, event_outcome="succeeded", target_type="recorder", details=details)


def recorder_lost(writer: str, numbers: Numbers, sinks: Mapping[str, Mapping[str, int]]) -> Record:
    """Return a `RecorderLost`: a process ended without having closed; how many of its records reached no place.

    Args:
        writer: The process.
        numbers: What it had counted.
        sinks: Per sink `delivered`, `waiting` (taken over from its spool), `refused` and `lost`.
    """
    started = datetime.fromtimestamp(numbers.started_at, timezone.utc).isoformat()
    details = {"process": writer, "started_at": started, "enqueued": numbers.enqueued, "sinks": dict(sinks)}
    return Record(
        action=LOST,
        event_outcome="failed",
        reason="ended_unexpectedly",
        target_type="recorder",
        target_name=writer,
        details=details,
    )
