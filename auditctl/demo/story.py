"""The story of the third quarter: what is planted on which day, and who is at work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from auditctl.demo.people import BY_NAME, PEOPLE, SERVICE, Person
from auditctl.demo.recorder import Recorder
from auditctl.demo.rows import Day
from auditctl.demo.timeline import Timeline
from auditctl.demo.truth import Truth
from auditctl.demo.world import World

Plant = Callable[[Day], None]


@dataclass(slots=True)
class Story:
    """Holds what is planted; `first_day` and `last_day` bound when somebody is employed."""

    timeline: Timeline
    world: World
    recorder: Recorder
    truth: Truth
    plants: defaultdict[date, list[Plant]] = field(default_factory=lambda: defaultdict(list))
    first_day: dict[str, date] = field(default_factory=dict)
    last_day: dict[str, date] = field(default_factory=dict)

    def plant(self, month: int, day: int, act: Plant) -> date:
        """Plant an act on the first working day on or after a date of the story's year; return that day."""
        found = self.timeline.workday(month, day)
        self.plants[found].append(act)
        return found

    def tell(self, day: Day) -> None:
        """Add what is planted on this day."""
        for act in self.plants[day.date]:
            act(day)

    def present(self, day: date) -> list[Person]:
        """Return who works on this day: everybody who is employed; on a weekend two people and the service."""
        people = [
            person
            for person in PEOPLE
            if self.first_day.get(person.username, day) <= day <= self.last_day.get(person.username, day)
        ]
        if day.weekday() < 5:
            return people
        on_duty = people[5:]
        week = day.toordinal() // 7
        return [BY_NAME[SERVICE], on_duty[week % len(on_duty)], on_duty[(week + 7) % len(on_duty)]]
