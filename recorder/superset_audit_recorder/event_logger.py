"""Superset's event logger, with the recorder beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from superset.utils.log import AbstractEventLogger, DBEventLogger

from superset_audit_recorder.events import sensitive
from superset_audit_recorder.events.requests import Logged, act
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import current


class RecordingEventLogger(AbstractEventLogger):  # type: ignore[misc]
    """Lets the logger that was configured write as before; StatsD is served by the class it inherits from.

    Superset's own actions that are declared sensitive are also sent to the places other than `logs`.
    """

    def __init__(self, inner: AbstractEventLogger | None = None) -> None:
        self.inner = inner or DBEventLogger()

    def log(self, user_id: int | None, action: str, *arguments: Any, **named: Any) -> None:
        """Write one of Superset's own actions."""
        self.inner.log(user_id, action, *arguments, **named)
        recorder, now = current(), act()
        now.logged = Logged(action, *(named.get(name) for name in Logged._fields[1:]))
        if recorder is not None and action in recorder.settings.sensitive_actions:
            with recorder.guarded(action):
                told = sensitive.told(now.logged, now)
                recorder.record(replace(told, duration_ms=named.get("duration_ms")), sensitive.backend(now))

    def record(self, record: Record) -> None:
        """Record an act of the site's own code, in every place but `logs`."""
        recorder = current()
        if recorder is not None:
            recorder.record(record)
