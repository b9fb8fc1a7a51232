"""Periods and instants as people write them, made half-open stretches of aware UTC time.

Every boundary is a midnight of a local calendar, converted with zoneinfo; hours are never counted by subtracting naive
times (the fourth quarter of 2026 in New York has 2209 hours, not 2208).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditctl.errors import UsageError
from auditctl.text import show
from auditctl.zones import in_zone, load_zone

PERIOD_FORMS = (
    "Forms: Q3, 2026-Q3, FY26-Q1, FY26, H1, 2026-H1, 2026, 2026-07, 2026-W30, 2026-07-01, 2026-07-01..2026-10-01, "
    "last-quarter, last-month, last-week, last-year, yesterday, today, 24h, 7d, 30m, 2w"
)
INSTANT_FORMS = "Forms: 24h, 7d, 30m, 2w, 2026-07-01, 2026-07-01T09:00, 2026-07-01T09:00+02:00, 2026-07-01T07:00Z"
_RANGE_FORMS = "Forms: 2026-07-01..2026-10-01, 2026-07-01T09:00..2026-07-02T09:00, each end also with an offset"

_FIRST_YEAR = 1970
_PARTS = {"": (0, 12), "H1": (0, 6), "H2": (6, 6), "Q1": (0, 3), "Q2": (3, 3), "Q3": (6, 3), "Q4": (9, 3)}
_QUARTERS = ("Q1", "Q2", "Q3", "Q4")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([0-9]{1,6})([mhdw])", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    _DATE.pattern + r"[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_YEAR_AND_PART = re.compile(r"(FY)?(?:(?<=FY)([0-9]{2})|([0-9]{4}))(?:-(Q[1-4]|H[12]))?")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """A named stretch of time.

    Attributes:
        label: the name for people and folders, `[A-Za-z0-9][A-Za-z0-9._-]*`.
        since: first instant, inclusive, aware UTC.
        until: end, exclusive, aware UTC.
        zone: IANA name of the zone whose midnights bound it.
    """

    label: str
    since: datetime
    until: datetime
    zone: str

    def __post_init__(self) -> None:
        if self.since.tzinfo != UTC or self.until.tzinfo != UTC:
            raise ValueError("a period is bounded by aware UTC instants")
        if self.since >= self.until:
            raise UsageError(
                f"The period {self.label} is empty or reversed",
                hint="The end is exclusive and comes after the beginning",
            )

    @property
    def span(self) -> str:
        """Both bounds in the period's zone: `2026-07-01 00:00 to 2026-10-01 00:00 Europe/Berlin`."""
        return f"{in_zone(self.since, self.zone)} to {in_zone(self.until, self.zone)} {self.zone}"


def distance(moment: datetime, end: datetime) -> str:
    """Return how far an instant is from a period's end: `12 days after the period's end`."""
    days = abs(moment - end).days
    side = "before" if moment < end else "after"
    if days == 0:
        return f"less than a day {side} the period's end"
    return f"{days} {'day' if days == 1 else 'days'} {side} the period's end"


def parse_period(text: str, *, now: datetime, zone: str = "UTC", fiscal_year_start: tuple[int, int] = (1, 1)) -> Period:
    """Return the period that `text` means at `now`, bounded by local midnights of `zone`.

    `2026-Q3`, `2026-H1`, `2026`, `2026-07` and `2026-W30` (ISO, Monday to Monday) are of the calendar. `FY26-Q1` and
    `FY26` (20 is put before two digits) are of the fiscal year, which is named by the calendar year in which it ends;
    so are `Q3`, `H1`, `last-quarter` and `last-year`, each the latest that has ended at `now`. Where the fiscal year
    begins on 1 January the two are one, and so are their labels. `24h` is that long until `now`; the other forms are
    whole days, also when they are still running.

    Raises:
        UsageError: the text is none of the forms, or the period is empty, reversed, outside the years 1970 to 9999,
            or has not begun at `now`.
    """
    now = _aware(now)
    calendar = _Calendar(now, load_zone(zone), fiscal_year_start)
    with _within_years(text):
        period = _resolve(text.strip(), calendar)
    return _begun(period, now)


def parse_range(text: str, *, zone: str = "UTC") -> Period:
    """Return the period `SINCE..UNTIL`, the end exclusive; dates are local midnights of `zone`.

    Raises:
        UsageError: either end cannot be read, or the end is not after the beginning.
    """
    ends = text.strip().split("..")
    if len(ends) != 2:
        raise UsageError(f'"{show(text, 60)}" is not a range of time', hint=_RANGE_FORMS)
    tz = load_zone(zone)
    since, until = (_written_instant(end.strip(), tz, _RANGE_FORMS) for end in ends)
    return _between(since, until, tz)


def parse_instant(text: str, *, now: datetime, zone: str = "UTC") -> datetime:
    """Return one instant in UTC: a duration before `now`, a local midnight, or a local or offset date and time.

    Raises:
        UsageError: the text is none of the forms, outside the years 1970 to 9999, or a local time that happened twice
            or not at all in `zone` (the message names both offsets).
    """
    text = text.strip()
    now = _aware(now)
    if _DURATION.fullmatch(text):
        with _within_years(text):
            instant = now - parse_duration(text)
        _check_year(instant.year, text)
        return instant
    return _written_instant(text, load_zone(zone), INSTANT_FORMS)


def window(
    since: str | None,
    until: str | None,
    period: str | None,
    *,
    now: datetime,
    zone: str = "UTC",
    fiscal_year_start: tuple[int, int] = (1, 1),
) -> Period | None:
    """Return the stretch of time that `--since`, `--until` and `--period` ask for; None when none of them is given.

    Raises:
        UsageError: they contradict each other, cannot be read, or name an empty, reversed or future stretch.
    """
    if period is not None:
        if since is not None or until is not None:
            raise UsageError("--period excludes --since and --until", hint="Give one or the other")
        return parse_period(period, now=now, zone=zone, fiscal_year_start=fiscal_year_start)
    if since is None:
        if until is not None:
            raise UsageError("--until needs --since", hint="Say where the time begins: --since 2026-07-01")
        return None
    now = _aware(now)
    begin = parse_instant(since, now=now, zone=zone)
    if begin > now:
        raise UsageError(f"--since {show(since, 60)} lies in the future", hint=f"It is {_utc_text(now)} now")
    end = now if until is None else parse_instant(until, now=now, zone=zone)
    return _between(begin, end, load_zone(zone))


def parse_duration(text: str) -> timedelta:
    """Return the length of `30m`, `1h`, `2d` or `1w`: a day is 24 hours, a week seven days.

    Raises:
        UsageError: the text is not a whole number followed by one of these letters.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'"{show(text, 60)}" is not a duration', hint="Forms: 30m, 1h, 2d, 1w")
    return timedelta(**{_UNITS[match[2].lower()]: int(match[1])})


def parse_clock(text: str) -> datetime:
    """Return the instant of a date and time that carries its offset, in UTC (for `now`).

    Raises:
        UsageError: the text is not a date and time, or has no offset.
    """
    hint = "Forms: 2026-11-24T12:00Z, 2026-11-24T13:00+01:00"
    written = _read(text.strip(), hint)
    if not isinstance(written, datetime) or written.tzinfo is None:
        raise UsageError(f'"{show(text, 60)}" is not a date and time with an offset', hint=hint)
    with _within_years(text):
        return written.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What a form without dates depends on."""

    now: datetime
    zone: ZoneInfo
    fiscal_year_start: tuple[int, int]

    def __post_init__(self) -> None:
        month, day = self.fiscal_year_start
        if not (1 <= month <= 12 and 1 <= day <= 28):
            raise UsageError("A fiscal year begins on day 1 to 28 of a month", hint="Write MM-DD, such as 10-01")

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def days(self, label: str, first: date, end: date) -> Period:
        return Period(label, _day_start(first, self.zone), _day_start(end, self.zone), self.zone.key)

    def part(self, part: str, year: int, *, fiscal: bool) -> Period:
        """Return a year ("") or a quarter or half of it."""
        fiscal = fiscal and self.fiscal_year_start != (1, 1)
        month, day = self.fiscal_year_start if fiscal else (1, 1)
        offset, length = _PARTS[part]
        first = _months_later(date(year - fiscal, month, day), offset)
        name = f"FY{year}" if fiscal else str(year)
        return self.days(f"{name}-{part}" if part else name, first, _months_later(first, length))

    def latest(self, parts: Iterable[str]) -> Period:
        """Return the latest of these fiscal parts that has ended."""
        years = range(self.today.year - 1, self.today.year + 2)
        spans = [self.part(part, year, fiscal=True) for part in parts for year in years]
        return max((span for span in spans if span.until <= self.now), key=lambda span: span.until)

    def month(self, first: date) -> Period:
        return self.days(f"{first:%Y-%m}", first, _months_later(first, 1))

    def week(self, monday: date) -> Period:
        return self.days(f"{monday:%G-W%V}", monday, monday + timedelta(weeks=1))

    def day(self, day: date) -> Period:
        return self.days(day.isoformat(), day, day + timedelta(days=1))


def _resolve(text: str, calendar: _Calendar) -> Period:
    name = text.upper()
    today = calendar.today
    match name:
        case "LAST-QUARTER":
            return calendar.latest(_QUARTERS)
        case "LAST-YEAR":
            return calendar.latest([""])
        case "LAST-MONTH":
            return calendar.month(_months_later(today.replace(day=1), -1))
        case "LAST-WEEK":
            return calendar.week(today - timedelta(days=today.weekday(), weeks=1))
        case "YESTERDAY":
            return calendar.day(today - timedelta(days=1))
        case "TODAY":
            return calendar.day(today)
        case part if part and part in _PARTS:
            return calendar.latest([part])
    if ".." in text:
        return parse_range(text, zone=calendar.zone.key)
    if _DURATION.fullmatch(text):
        return _between(parse_instant(text, now=calendar.now), calendar.now, calendar.zone)
    if found := _YEAR_AND_PART.fullmatch(name):
        year = int(found[3] or f"20{found[2]}")
        _check_year(year, text)
        return calendar.part(found[4] or "", year, fiscal=found[1] is not None)
    if _MONTH.fullmatch(name):
        return calendar.month(_read(f"{text}-01", PERIOD_FORMS))
    if found := _WEEK.fullmatch(name):
        _check_year(int(found[1]), text)
        return calendar.week(_monday(int(found[1]), int(found[2]), text))
    if _DATE.fullmatch(text):
        return calendar.day(_read(text, PERIOD_FORMS))
    raise UsageError(f'"{show(text, 60)}" is not a period', hint=PERIOD_FORMS)


def _monday(year: int, week: int, text: str) -> date:
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        raise UsageError(f'There is no "{show(text, 60)}" in the calendar', hint=PERIOD_FORMS) from None


def _between(since: datetime, until: datetime, zone: ZoneInfo) -> Period:
    """Return a period without a name of its own: labelled by its local days when they are whole, else by instants."""
    days = [instant.astimezone(zone).date() for instant in (since, until)]
    if [_day_start(day, zone) for day in days] == [since, until]:
        label = f"{days[0]}_{days[1]}"
    else:
        label = f"{since:%Y%m%dT%H%M%SZ}_{until:%Y%m%dT%H%M%SZ}"
    return Period(label, since, until, zone.key)


def _read(text: str, forms: str) -> date:
    """Return a date, or a datetime (aware when an offset is written), of the years 1970 to 9999."""
    try:
        if _DATE.fullmatch(text):
            written = date.fromisoformat(text)
        elif _DATE_TIME.fullmatch(text):
            written = datetime.fromisoformat(text.upper())
        else:
            raise UsageError(f'"{show(text, 60)}" is not a date or a date and time', hint=forms)
    except ValueError:
        raise UsageError(f'There is no "{show(text, 60)}" in the calendar', hint=forms) from None
    _check_year(written.year, text)
    return written


def _written_instant(text: str, zone: ZoneInfo, forms: str) -> datetime:
    written = _read(text, forms)
    with _within_years(text):
        if not isinstance(written, datetime):
            return _day_start(written, zone)
        if written.tzinfo is not None:
            return written.astimezone(UTC)
        return _from_local(written, zone)


def _from_local(local: datetime, zone: ZoneInfo) -> datetime:
    first = local.replace(tzinfo=zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    happened = "happened twice" if exists else "did not happen"
    raise UsageError(
        f"{local.isoformat()} {happened} in {zone.key}, where the clocks changed",
        hint=f"Write the offset: {first.isoformat()} or {second.isoformat()}",
    )


def _day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day in UTC.

    With fold 0 a midnight that happens twice is its first, and one that the clocks jump over is the instant of the
    jump: true for every day and zone of the IANA database from 1970 to 2037. A day that a zone skipped is empty.
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


def _begun(period: Period, now: datetime) -> Period:
    if period.since > now:
        raise UsageError(
            f"The period {period.label} has not begun: it starts {_utc_text(period.since)}",
            hint=f"It is {_utc_text(now)} now",
        )
    return period


def _aware(now: datetime) -> datetime:
    if now.utcoffset() is None:
        raise ValueError("now must carry its offset")
    return now.astimezone(UTC)


def _utc_text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _check_year(year: int, text: str) -> None:
    if year < _FIRST_YEAR:
        raise UsageError(f'"{show(text, 60)}" is outside the years 1970 to 9999', hint="Name a later time")


@contextmanager
def _within_years(text: str) -> Iterator[None]:
    """Turn what Python's calendar cannot hold (it ends with the year 9999) into an answer for the user."""
    try:
        yield
    except (OverflowError, ValueError):
        raise UsageError(f'"{show(text, 60)}" is outside the years 1970 to 9999', hint="Name an earlier time") from None
