"""Rows over time as a picture: a bar per day or week, counted from the rows of the evidence themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count as count_up
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from auditctl.assess.model import ControlResult, Outcome, Word
from auditctl.catalogue.model import Time
from auditctl.render.contents import PackContents
from auditctl.render.values import as_utc
from auditctl.render.wording import count
from auditctl.run.evidence import Evidence

WIDTH, HEIGHT = 476, 90
"""In points: the text width of an upright A4 page."""
LEFT, TOP, BASE = 24, 14, 74
"""Where the bars begin, where the highest ends, and where all stand."""
_ROOM = WIDTH - LEFT
_TIME = "occurred_at"
_LEAST_ROWS, _LEAST_DAYS, _LEAST_PEAK = 10, 4, 5
_MOST_DAYS, _MOST_MONDAYS, _MOST_LABELS = 100, 45, 14
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Bar:
    """The rows of a day or a week."""

    first: date
    rows: int
    flagged: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        """Where a label above or below it stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and the same in words."""

    title: str
    sentence: str
    bars: tuple[Bar, ...]
    flagged: int
    peak: Bar
    """The first of the highest bars."""
    scale: tuple[int, ...]
    """Numbers of rows to be marked on the upright axis."""
    dates: tuple[tuple[float, str], ...]
    """Labels of the level axis, each with its middle."""
    not_held: tuple[tuple[float, float], ...]
    """Stretches of the level axis in which there could be no row: where each begins, and its width."""

    def height(self, rows: int) -> float:
        """Return how high a bar of so many rows is."""
        return rows * (BASE - TOP) / self.peak.rows


def charts_of(contents: PackContents) -> Mapping[str, Chart]:
    """Return at most one chart per control, by the name of the evidence whose rows it shows.

    It is of the gravest outcome whose rows are acts with a time, where there are enough of them to be a picture.
    """
    found: dict[str, Chart] = {}
    seen: set[str] = set()
    for result in contents.results:
        for outcome, evidence in _candidates(result, seen):
            chart = _chart_of(evidence, outcome, contents)
            if chart is not None:
                found[evidence.name] = chart
                break
        seen |= {outcome.evidence.name for outcome in result.outcomes if outcome.evidence is not None}
    return found


def _candidates(result: ControlResult, seen: set[str]) -> Iterator[tuple[Outcome, Evidence]]:
    """Yield, the gravest first, what has a row per act and is shown under no control before this one."""
    ranks = list(Word)
    for outcome in sorted(result.outcomes, key=lambda outcome: ranks.index(outcome.word)):
        evidence = outcome.evidence
        if evidence is None or evidence.name in seen or evidence.rows < _LEAST_ROWS:
            continue
        has_time = any(column.name == _TIME for column in evidence.columns)
        if evidence.query.time is Time.PERIOD and evidence.query.key == ("source_ref",) and has_time:
            yield outcome, evidence


def _chart_of(evidence: Evidence, outcome: Outcome, contents: PackContents) -> Chart | None:
    zone = ZoneInfo(contents.period.zone)
    since, until = contents.period.since, min(contents.period.until, contents.cut_off)
    first, last = (moment.astimezone(zone).date() for moment in (since, until - timedelta(microseconds=1)))
    counted = _by_day(evidence, zone)
    if len({day for day, _ in counted}) < _LEAST_DAYS:
        return None
    unit, bars = _DAY, _bars(first, last, _DAY, counted)
    if len(bars) > _MOST_DAYS or _peak(bars).rows < _LEAST_PEAK:
        unit, bars = _WEEK, _bars(_monday(first), last, _WEEK, _by_week(counted))
    peak = _peak(bars)
    if peak.rows < _LEAST_PEAK:
        return None
    begin, scale = datetime.combine(bars[0].first, time(), zone), len(bars) * unit / _ROOM
    gaps = [(max(gap.since, since), min(gap.until, until)) for gap in outcome.covered.gaps]
    return Chart(
        title=f"{evidence.query.title} per {'day' if unit == _DAY else 'week'}",
        sentence=_sentence(bars, unit, contents.period.zone),
        bars=bars,
        flagged=sum(bar.flagged for bar in bars),
        peak=peak,
        scale=tuple(_steps(peak.rows)),
        dates=tuple(_dates(bars, last)),
        not_held=tuple((LEFT + (start - begin) / scale, (end - start) / scale) for start, end in gaps if start < end),
    )


def _by_day(evidence: Evidence, zone: ZoneInfo) -> Counter[tuple[date, bool]]:
    """Count rows by day of the zone and by whether they are flagged."""
    quarters: Counter[tuple[datetime, bool]] = Counter()
    for batch in evidence.all_rows().batches():
        # Midnights lie on quarters of an hour in every zone, so that few moments have to be converted.
        at = pc.floor_temporal(batch.column(_TIME), 15, unit="minute").to_pylist()
        quarters.update(zip(at, batch.column("flagged").to_pylist(), strict=True))
    days: Counter[tuple[date, bool]] = Counter()
    for (moment, flagged), rows in quarters.items():
        days[as_utc(moment).astimezone(zone).date(), flagged] += rows
    return days


def _by_week(days: Counter[tuple[date, bool]]) -> Counter[tuple[date, bool]]:
    weeks: Counter[tuple[date, bool]] = Counter()
    for (day, flagged), rows in days.items():
        weeks[_monday(day), flagged] += rows
    return weeks


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def _bars(first: date, last: date, unit: timedelta, counted: Counter[tuple[date, bool]]) -> tuple[Bar, ...]:
    starts = [first + number * unit for number in range((last - first) // unit + 1)]
    step = _ROOM / len(starts)
    width = min(step * 0.8, 24)
    return tuple(
        Bar(
            start,
            counted[start, True] + counted[start, False],
            counted[start, True],
            LEFT + at * step + (step - width) / 2,
            width,
        )
        for at, start in enumerate(starts)
    )


def _peak(bars: Sequence[Bar]) -> Bar:
    return max(bars, key=lambda bar: bar.rows)


def _steps(most: int) -> range:
    """Return one to four round numbers up to `most`."""
    sizes = (digit * 10**zeros for zeros in count_up() for digit in (1, 2, 5))
    step = next(size for size in sizes if most < 5 * size)
    return range(step, most + 1, step)


def _dates(bars: Sequence[Bar], last: date) -> Iterator[tuple[float, str]]:
    """Yield the dates below the bars: of few bars each, of a few weeks of days the Mondays, otherwise the months."""
    if len(bars) <= _MOST_LABELS:
        yield from ((bar.middle, f"{bar.first:%m-%d}") for bar in bars)
    elif len(bars) <= _MOST_MONDAYS and bars[1].first - bars[0].first == _DAY:
        yield from ((bar.middle, f"{bar.first:%m-%d}") for bar in bars if bar.first.weekday() == 0)
    else:
        ends = [*(bar.first - _DAY for bar in bars[1:]), last]
        months = [(bar.middle, end) for bar, end in zip(bars, ends, strict=True) if end.replace(day=1) >= bar.first]
        yield from ((middle, f"{end:%Y-%m}") for middle, end in months[:: -(-len(months) // _MOST_LABELS)])


def _sentence(bars: Sequence[Bar], unit: timedelta, zone: str) -> str:
    rows, filled, peak = sum(bar.rows for bar in bars), sum(bar.rows > 0 for bar in bars), _peak(bars)
    if unit == _DAY:
        days = f"{filled} of {count(len(bars), 'day')} ({zone})"
        return f"{count(rows, 'row')} on {days}, the most on {peak.first}: {count(peak.rows)}."
    weeks = f"{filled} of {count(len(bars), 'week')} (from Monday, {zone})"
    return f"{count(rows, 'row')} in {weeks}, the most in that of {peak.first}: {count(peak.rows)}."
