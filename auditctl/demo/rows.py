"""One day's rows as they come: acts add to it in any order, the database gets them in the order of time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from auditctl.demo.people import Person
from auditctl.demo.timeline import HOUR, at

BASE = "https://superset.example.com/"
SQL_LAB = f"{BASE}sqllab/"

# A planted fact keeps the (id, instant) of its rows here once ids are given.
Mark = list[tuple[int, int]]
# instant, action, user_id, json, dashboard_id, slice_id, duration_ms, referrer, mark
LogRow = tuple[int, str, int | None, str | None, int | None, int | None, int | None, str | None, Mark | None]
# start in microseconds, the columns of `query` after its id, mark
QueryRow = tuple[int, tuple[Any, ...], Mark | None]


def stream(seed: int, name: str) -> Random:
    """Return a stream of chance that depends on the seed and the name only; one use never shifts another."""
    return Random(f"{seed}/{name}")  # noqa: S311 - a demo must repeat itself


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to sign in (`UserLoggedIn`, `UserLoginFailed`) or a sign-out, recorded or not."""

    instant: int
    action: str
    username: str
    person: Person | None
    reason: str | None = None
    address: str = ""
    mark: Mark | None = None


@dataclass(slots=True)
class Day:
    """The rows of one calendar day in Berlin, from `begins` to before `ends`; nothing is kept from `until` on."""

    date: date
    until: int
    rng: Random
    rows: list[LogRow] = field(default_factory=list)
    queries: list[QueryRow] = field(default_factory=list)
    sign_ins: list[SignIn] = field(default_factory=list)
    last_seen: dict[int, int] = field(default_factory=dict)
    begins: int = field(init=False)
    ends: int = field(init=False)
    noon: int = field(init=False)

    def __post_init__(self) -> None:
        self.begins = at(self.date, 0)
        self.ends = min(at(self.date + timedelta(days=1), 0), self.until)
        self.noon = at(self.date, 12)

    def clock(self, hour: float) -> int:
        """Return the instant of a wall-clock hour between 4 and 23 with a fraction."""
        return self.noon + round((hour - 12) * HOUR)

    def gap(self, least: int, most: int) -> int:
        """Return a random pause in microseconds from bounds in milliseconds."""
        return 1000 * least + int(self.rng.random() * 1000 * (most - least))

    def add(
        self,
        instant: int,
        action: str,
        person: Person | None,
        payload: dict[str, Any] | None,
        *,
        board: int | None = None,
        chart: int | None = None,
        ms: int | None = None,
        referrer: str | None = BASE,
        mark: Mark | None = None,
    ) -> None:
        """Add one row as Superset's database logger writes it."""
        user = person.log_id if person else None
        text = None if payload is None else json.dumps(payload)
        self.rows.append((instant, action, user, text, board, chart, ms, referrer, mark))
        if person:
            self.seen(person, instant)

    def seen(self, person: Person, instant: int) -> None:
        """Remember that somebody was active, so that they sign out later than that."""
        if instant > self.last_seen.get(person.id, 0):
            self.last_seen[person.id] = instant

    def enter(self, person: Person, instant: int, address: str = "", mark: Mark | None = None) -> None:
        """Sign somebody in."""
        self.sign_ins.append(SignIn(instant, "UserLoggedIn", person.username, person, None, address, mark))

    def leave(self, person: Person, instant: int) -> None:
        """Sign somebody out."""
        self.sign_ins.append(SignIn(instant, "UserLoggedOut", person.username, person))
