"""What the sources of events hand their records to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from flask import current_app, has_app_context

from superset_audit_recorder.complaints import Complaints
from superset_audit_recorder.policy import apply
from superset_audit_recorder.record import KIND_OF, LOST, Record
from superset_audit_recorder.settings import Settings

EXTENSION: Final = "superset_audit_recorder"


class Recorder:
    """Applies the policy to records and passes them on. Nothing that it does raises into Superset."""

    def __init__(self, settings: Settings, enqueue: Callable[[Record], None]) -> None:
        self.settings = settings
        self._enqueue = enqueue
        self._complaints = Complaints()

    def record(self, record: Record, backend: str | None = None) -> None:
        """Pass a record on, unless its kind is switched off.

        Args:
            record: With the whole statement and error, where it has one.
            backend: The kind of the database that the statement was for.
        """
        with self.guarded(record.action):
            if KIND_OF.get(record.action, "") in ("", *self.settings.kinds):
                self._enqueue(apply(record, self.settings.sql, backend))

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        """Keep an error of the recorder from Superset; log it, and make its loss an event itself."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            kind = type(error).__name__  # its text may hold data
            self._complaints.say(what, f"{what} could not be recorded: {kind}.")
            details = {"what": what, "error": kind, "lost": 1}
            self._enqueue(Record(LOST, "failed", "not_made", target_type="recorder", details=details))


def current() -> Recorder | None:
    """Return the recorder of the application in whose context this runs."""
    return current_app.extensions.get(EXTENSION) if has_app_context() else None
