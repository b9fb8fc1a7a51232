"""Superset's event logger, with the recorder beside it."""

from __future__ import annotations

from typing import Any

from superset.utils.log import AbstractEventLogger, DBEventLogger

from superset_audit_recorder.events.requests import act, circumstances
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import current


class RecordingEventLogger(AbstractEventLogger):  # type: ignore[misc]
    """Lets the logger that was configured write as before; StatsD is served by the class it inherits from.

    Superset's own actions that are declared sensitive are also sent to the sinks other than `logs`.
    """

    def __init__(self, inner: AbstractEventLogger | None = None, sensitive: tuple[str, ...] = ()) -> None:
        self.inner = inner or DBEventLogger()
        self._sensitive = frozenset(sensitive)

    def log(self, user_id: int | None, action: str, *arguments: Any, **named: Any) -> None:
        """Write one of Superset's own actions."""
        self.inner.log(user_id, action, *arguments, **named)
        if action in self._sensitive:
            recorder = current()
            if recorder is not None:
                with recorder.guarded(action):
                    recorder.record(_record(action, named), _backend())

    def record(self, record: Record) -> None:
        """Record an act of the site's own code."""
        recorder = current()
        if recorder is not None:
            recorder.record(record)


def _record(action: str, named: dict[str, Any]) -> Record:
    sent = ";\n".join(text for _, text in act().statements)
    fields = {**circumstances(), "duration_ms": named.get("duration_ms")}
    return Record(
        action,
        "attempted",
        dashboard_id=named.get("dashboard_id"),
        slice_id=named.get("slice_id"),
        database_id=named.get("database_id"),
        sql_text=sent or None,
        **fields,
    )


def _backend() -> str | None:
    sent = act().statements
    return sent[0][0] if sent else None
