"""Where records go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from superset_audit_recorder.record import Record


class Sink(Protocol):
    """A place that keeps records. It is called by one thread of a process at a time."""

    @property
    def name(self) -> str:
        """Letters, digits and `-`; unique among the sinks of a pipeline, the same after every start."""

    def deliver(self, records: Sequence[Record]) -> None:
        """Keep all of these records, in their order; return only when they are kept.

        Raises:
            RecordRefusedError: it will never take at least one of them.
            Exception: it could not, now; they are offered again.
        """


class RecordRefusedError(Exception):
    """A sink will never take a record as it is: to offer it again is of no use."""
