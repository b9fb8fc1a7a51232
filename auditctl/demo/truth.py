"""What is really in the demo: every planted fact with its names, ids and instants, for tests to find again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from auditctl.demo.people import BY_NAME
from auditctl.demo.rows import Mark
from auditctl.demo.timeline import Timeline, iso

ROUTES = ("sql_lab", "json", "form", "zip", "pdf")
_TROUBLES = {"failed": "failed", "stopped": "aborted", "timed_out": "aborted", "pending": "pending"}


def who(username: str) -> dict[str, Any]:
    """Return how the truth names a person."""
    return {"username": username, "user_id": BY_NAME[username].id}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, tuple):
        row_id, instant = value
        return {"id": row_id, "at": iso(instant)}
    return value


@dataclass(slots=True)
class Truth:
    """Collects the facts. Marks in them are filled when rows get their ids."""

    timeline: Timeline
    facts: dict[str, Any] = field(default_factory=dict)
    trouble: dict[str, Mark] = field(default_factory=lambda: {kind: [] for kind in ("failed", "aborted", "pending")})
    exports: dict[str, Mark] = field(default_factory=lambda: {route: [] for route in ROUTES})
    actions: Counter[str] = field(default_factory=Counter)
    chart_requests: int = 0

    def statements(self, instant: int, status: str) -> Mark | None:
        """Return where a statement that did not succeed is noted, when it falls in the quarter."""
        return self.trouble[_TROUBLES[status]] if self.timeline.holds(instant) else None

    def permitted(self, instant: int, route: str) -> Mark | None:
        """Return where a permitted export of patient data is noted, when it falls in the quarter."""
        return self.exports[route] if self.timeline.holds(instant) else None

    def document(self, seed: int, logs: int, queries: int) -> dict[str, Any]:
        """Return the whole truth, plain enough for JSON; `id` and `at` of a fact's rows are their keys and instants."""
        since, until = self.timeline.quarter
        recorder = self.timeline.recorder_since
        examples = self.facts.pop("chart_examples")
        facts = self.facts | {
            "failed_statements": {"query_rows": self.trouble["failed"]},
            "aborted_statements": {"query_rows": self.trouble["aborted"]},
            "pending_statements": {"query_rows": self.trouble["pending"]},
            "phi_exports_permitted": self.exports,
            "chart_requests": {"count": self.chart_requests, "examples": examples},
        }
        return {
            "seed": seed,
            "until": iso(self.timeline.until),
            "stock": not self.timeline.recorded,
            "quarter": {"label": f"{self.timeline.year}-Q3", "since": iso(since), "until": iso(until)},
            "recorder_since": None if recorder is None else iso(recorder),
            "counts": {"logs": logs, "query": queries, "actions": dict(sorted(self.actions.items()))},
            "facts": {name: _plain(facts[name]) for name in sorted(facts)},
        }
