"""When things happen in the demo: the history, the quarter, working days. Instants are UTC microseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Return an aware moment as UTC microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(instant: int) -> datetime:
    """Return UTC microseconds since 1970 as an aware UTC datetime."""
    return EPOCH + timedelta(microseconds=instant)


def iso(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC, with microseconds, ending in Z."""
    return moment(instant).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stamp(instant: int) -> str:
    """Return an instant as Superset's SQLite text: naive UTC, a blank, microseconds."""
    return moment(instant).strftime("%Y-%m-%d %H:%M:%S.%f")


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> int:
    """Return the instant of a wall-clock time in Berlin."""
    return microseconds(datetime.combine(day, time(hour, minute, second), ZONE))


def berlin_day(instant: int) -> date:
    """Return the calendar day in Berlin that an instant falls on."""
    return moment(instant).astimezone(ZONE).date()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days of one demo. `first` is the first day of the history, `year` the year whose third quarter is told."""

    until: int
    first: date
    year: int
    recorded: bool

    @classmethod
    def ending(cls, until: datetime, *, recorded: bool) -> Timeline:
        """Return the history that ends at `until` (exclusive) and holds at least 18 months."""
        last = until.astimezone(ZONE).date()
        months = last.year * 12 + last.month - 1 - 18
        year = last.year if last >= date(last.year, 10, 1) else last.year - 1
        return cls(microseconds(until), date(months // 12, months % 12 + 1, 1), year, recorded)

    @property
    def since(self) -> int:
        """The first instant of the history."""
        return at(self.first, 0)

    @property
    def quarter(self) -> tuple[int, int]:
        """The third quarter's first instant and the first one after it."""
        return at(date(self.year, 7, 1), 0), at(date(self.year, 10, 1), 0)

    @property
    def silent_day(self) -> date:
        """The third Wednesday of July: not one row on it."""
        day = date(self.year, 7, 15)
        return day + timedelta(days=(2 - day.weekday()) % 7)

    @property
    def recorder_since(self) -> int | None:
        """When the recorder began, inside the quarter; None for a stock database."""
        return at(self.workday(8, 12), 9) if self.recorded else None

    def workday(self, month: int, day: int) -> date:
        """Return the first working day on or after a date of the story's year that is not the silent one."""
        found = date(self.year, month, day)
        while found.weekday() > 4 or found == self.silent_day:
            found += timedelta(days=1)
        return found

    def holds(self, instant: int) -> bool:
        """Say whether an instant lies in the quarter of the story."""
        since, until = self.quarter
        return since <= instant < until

    def days(self) -> Iterator[date]:
        """Yield every calendar day in Berlin from the first to the one that `until` cuts."""
        day = self.first
        while at(day, 0) < self.until:
            yield day
            day += timedelta(days=1)
