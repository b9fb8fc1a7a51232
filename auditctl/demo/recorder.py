"""The rows that the recorder adds to `logs`: sign-ins, changes to users and roles, refused acts, heartbeats."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from auditctl.demo.people import SERVICE, Person
from auditctl.demo.rows import BASE, Day, Mark
from auditctl.demo.timeline import MINUTE

KINDS = ["sign_in", "sign_in_failure", "sign_out", "user", "role", "group", "refusal"]
HEARTBEAT = 5 * MINUTE
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROGRAM = "python-requests/2.32.4"

# type, id, name of what an event is about
Target = tuple[str, int | None, str]


@dataclass(frozen=True, slots=True)
class Event:
    """What the recorder saw. `changes` maps a field to its value before and after."""

    action: str
    actor: Person | None
    username: str
    outcome: str = "succeeded"
    reason: str | None = None
    target: Target | None = None
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    address: str = ""
    referrer: str = BASE


@dataclass(slots=True)
class Recorder:
    """Writes recorder rows from `since` on; never, when `since` is None."""

    since: int | None
    ids: Random
    due: int = 0

    def __post_init__(self) -> None:
        self.due = self.since or 0

    def records(self, instant: int) -> bool:
        """Say whether the recorder was there at that instant."""
        return self.since is not None and instant >= self.since

    def _uuid(self) -> str:
        return str(UUID(int=self.ids.getrandbits(128), version=4))

    def write(self, day: Day, instant: int, event: Event, mark: Mark | None = None) -> None:
        """Add the row of an event, if the recorder was there."""
        if not self.records(instant):
            return
        kind, target_id, name = event.target or (None, None, None)
        payload = {
            "recorder": 1,
            "event_id": self._uuid(),
            "username": event.username,
            "event_outcome": event.outcome,
            "reason": event.reason,
            "target_type": kind,
            "target_id": target_id,
            "target_name": name,
            "changes": event.changes or None,
            "source_ip": event.address or (f"10.20.0.{event.actor.id}" if event.actor else None),
            "user_agent": PROGRAM if event.username == SERVICE else BROWSER,
            "request_id": self._uuid(),
        }
        user = event.actor.log_id if event.actor else None
        ms = 20 + self.ids.randrange(90)
        day.rows.append((instant, event.action, user, json.dumps(payload), None, None, ms, event.referrer, mark))

    def beat(self, day: Day) -> None:
        """Add the day's heartbeats: one process, every five minutes."""
        if self.since is None:
            return
        kinds = json.dumps(KINDS)
        while self.due < day.ends:
            text = f'{{"recorder": 1, "event_id": "{self._uuid()}", "kinds": {kinds}}}'
            day.rows.append((self.due, "RecorderHeartbeat", None, text, None, None, None, None, None))
            self.due += HEARTBEAT
