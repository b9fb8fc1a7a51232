"""What the source could have held, and when: the difference between "none" and "not evidenced"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType

import duckdb

from auditctl.catalogue.model import CapabilityRule
from auditctl.population.model import EVER, Assertion, Capability, Held
from auditctl.source.interface import MonthRows

_BEAT = timedelta(minutes=5)
SILENCE = 3 * _BEAT
"""The recorder beats every 5 minutes; three missed beats are a gap, and a beat this long before a window reaches in."""
_JUST_AFTER = timedelta(microseconds=1)
_HEARTBEAT = "RecorderHeartbeat"
_CUSTOM = "custom"
_FIRST_ROW = "from its first surviving row"
_LATER_ROW = "from its first row after a month without one"
_REPORTED = "the recorder kept reporting that it was recording them"
_STOPPED = "The log holds no row of any kind there: it had not begun, or had stopped, or nobody used Superset."
_NO_BEAT = "No heartbeat of the recorder says that it was recording them then."
_BEAT_REMEDY = "See why the recorder was silent, and bring the identity provider's or the proxy's log for that time."


Span = tuple[datetime, datetime]
"""From the first to the last row of a stretch of the log or of another table, both inclusive, aware UTC."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the user gave: files and scopes by capability, and the span that the sign-in file covers."""

    names: frozenset[str]
    sign_ins_cover: Held | None
    not_applicable: Mapping[str, Assertion] = field(default_factory=lambda: MappingProxyType({}))
    """Capability -> why nothing needs it here, in management's words."""


def find_capabilities(
    rules: Iterable[CapabilityRule],
    seen: Mapping[str, datetime],
    beats: Mapping[str, list[Held]],
    tables: Iterable[str],
    stretches: Mapping[str, Sequence[Span]],
    declared: Declared,
    read_until: datetime,
    present: datetime,
    alive: Sequence[Span] | None = None,
    lasts: Mapping[str, datetime] = MappingProxyType({}),
    extended: Collection[str] | None = None,
) -> dict[str, Capability]:
    """Return every capability with the intervals in which it is held.

    Args:
        rules: The closed list.
        seen: Action, or kind of an extended log, -> its first row, aware UTC; see `find_families`.
        beats: Kind -> the spans in which the recorder's heartbeats name it; see `join_beats`.
        tables: Tables that the source has.
        stretches: Table -> the spans in which it has rows, for tables with a time of their own; see `month_spans`.
        declared: What the user gave.
        read_until: End of the time whose heartbeats are in `beats`, aware UTC.
        present: Where "to the read point" ends, aware UTC.
        alive: The stretches in which the log has rows, see `alive_spans`; None: it was not looked at day by day.
        lasts: Action -> its last row, aware UTC, where that is known.
        extended: The columns of the log where it is an extended one.
    """
    has = set(tables)
    found = {}
    for rule in rules:
        held = list(_held(rule, seen, beats, has, stretches, declared, read_until, present))
        if rule.heartbeat in ("sign_in", "sign_in_failure") and declared.sign_ins_cover is not None:
            held.append(declared.sign_ins_cover)
        reason, remedy = rule.reason, rule.remedy
        if rule.name in declared.not_applicable:
            reason, remedy = declared.not_applicable[rule.name].sentence, "Nothing is missing as long as that holds."
        if rule.heartbeat is not None and _HEARTBEAT in seen:
            reason, remedy = _NO_BEAT, _BEAT_REMEDY
        elif extended is not None and rule.extended is not None:
            reason = rule.extended.reason
            if not held and rule.extended.columns and set(extended).isdisjoint(rule.extended.columns):
                reason = rule.extended.without
        if rule.heartbeat is None or _HEARTBEAT not in seen:
            of_log = rule.kind in ("events", "details")
            whole, held = (
                held,
                [
                    part
                    for span in held
                    for part in (_while_alive(span, alive) if of_log or span.by == _CUSTOM else [span])
                ],
            )
            if held != whole:
                reason = _STOPPED
        missing = [table for table in rule.tables if table not in has and not (extended and rule.extended)]
        # What it means that all tables of a state are absent, the rule itself says.
        if missing and not (rule.kind == "tables" and len(missing) == len(rule.tables)):
            reason = f"This database has no table {', '.join(missing)}."
        last = max((at for action, at in lasts.items() if in_family(action, rule.actions)), default=None)
        found[rule.name] = Capability(rule.name, rule.title, tuple(held), reason, remedy, last)
    return found


def _held(
    rule: CapabilityRule,
    seen: Mapping[str, datetime],
    beats: Mapping[str, list[Held]],
    tables: set[str],
    stretches: Mapping[str, Sequence[Span]],
    declared: Declared,
    read_until: datetime,
    present: datetime,
) -> Iterable[Held]:
    if rule.kind == "declared":
        return [Held(EVER, present, "file", "given by the user")] if rule.name in declared.names else []
    rows = [(at, action) for action, at in seen.items() if in_family(action, rule.actions)]
    first, earliest = min(rows, default=(None, ""))
    if rule.kind == "rows" and first is not None:
        return [Held(first, present, _CUSTOM, "from the first row of the log that has one")]
    if not all(table in tables for table in rule.tables):
        return []
    if rule.kind == "tables":
        return [Held(EVER, present, "server", "state at the read point")]
    if rule.kind == "rows":
        return [
            Held(first, last if last >= present else last + _JUST_AFTER, "server", _LATER_ROW if number else _FIRST_ROW)
            for table in rule.tables
            for number, (first, last) in enumerate(stretches.get(table, ()))
        ]
    if rule.heartbeat is not None and _HEARTBEAT in seen:
        if first is not None and first >= read_until:  # the heartbeats then were not read
            return [Held(first, present, "recorder", "from the first row of its family, after the time that was read")]
        return beats.get(rule.heartbeat, [])
    if first is None:
        return []
    reason = "from the first row of its family"
    if earliest.startswith("extended:"):
        return [Held(first, present, _CUSTOM, reason)]
    if rule.heartbeat is not None:
        reason += "; row shape not measured (no released Superset writes it)"
    return [Held(first, present, "server", reason)]


def alive_spans(days: Iterable[Span], present: datetime, silence: timedelta) -> list[Span]:
    """Return the stretches of the log without a silence longer than `silence`.

    Args:
        days: First and last row of each day that has rows, in order.
        present: Until then the last stretch goes on, if its last row is no longer ago than that.
        silence: The longest that is taken for quiet.
    """
    return _stretches(days, present, lambda last, then: then - last <= silence)


def month_spans(months: Iterable[MonthRows], present: datetime, silence: timedelta) -> list[Span]:
    """Return the stretches of a table without an empty month: a lone early row does not speak for what lies after it.

    Args:
        months: The months that have rows, in order.
        present: Until then the last stretch goes on, if no whole month before it is empty.
        silence: The longest time without rows that is taken for quiet even where it holds a whole month.
    """
    parts = ((month.first_at, month.last_at) for month in months)
    return _stretches(parts, present, lambda last, then: _ordinal(then) - _ordinal(last) <= 1 or then - last <= silence)


def _stretches(parts: Iterable[Span], present: datetime, goes_on: Callable[[datetime, datetime], bool]) -> list[Span]:
    """Join parts, in order, where `goes_on` says so of the last row of one and the first of the next or the present."""
    spans: list[Span] = []
    for first, last in parts:
        if spans and goes_on(spans[-1][1], first):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    if spans and goes_on(spans[-1][1], present):
        spans[-1] = (spans[-1][0], max(present, spans[-1][1]))
    return spans


def _ordinal(moment: datetime) -> int:
    """Return the number of its month."""
    return moment.year * 12 + moment.month


def _while_alive(held: Held, alive: Sequence[Span] | None) -> Iterable[Held]:
    """Yield the parts of a span in which the log has rows at all."""
    if alive is None or held.by == "file":  # what management asserts needs no log
        return [held]
    parts = [(max(held.since, first), min(held.until, last + _JUST_AFTER)) for first, last in alive]
    return [replace(held, since=since, until=until) for since, until in parts if since < until]


def days_with_rows(connection: duckdb.DuckDBPyConnection) -> list[Span]:
    """Return first and last row of each UTC day of Superset's log that has more than heartbeats, in order."""
    rows = connection.execute(
        "SELECT min(first_at), max(last_at) FROM raw.main_summary"
        " WHERE utc_day IS NOT NULL AND action IS DISTINCT FROM $heartbeat GROUP BY utc_day ORDER BY utc_day",
        {"heartbeat": _HEARTBEAT},
    ).fetchall()
    return [(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)) for first, last in rows]


def in_family(action: str, patterns: Iterable[str]) -> bool:
    """Return whether an action belongs to a family of patterns."""
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def heartbeat_spans(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Held]]:
    """Return, per kind, the spans in which the heartbeats of `log_rows` name it; none where there is no such view.

    The engine joins them as `join_beats` does: a year has a hundred thousand beats, each naming several kinds.
    """
    if not connection.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'log_rows'").fetchall():
        return {}
    rows = connection.execute(
        """
        WITH beats AS (
            SELECT unnest(string_split(heartbeat_kinds, ',')) AS kind, first_at, last_at
            FROM (
                SELECT heartbeat_kinds, min(occurred_at) AS first_at, max(occurred_at) AS last_at
                FROM log_rows
                WHERE kind = 'heartbeat' AND heartbeat_kinds IS NOT NULL
                -- Beats of one such stretch are no gap apart, so its first and its last tell all of it.
                GROUP BY heartbeat_kinds, time_bucket($beat, occurred_at)
            )
        ),
        begun AS (
            SELECT *, coalesce(
                first_at - max(last_at) OVER (
                    PARTITION BY kind ORDER BY first_at, last_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) > $silence, TRUE
            ) AS begins
            FROM beats
        ),
        spans AS (
            SELECT *, sum(CAST(begins AS INTEGER)) OVER (PARTITION BY kind ORDER BY first_at, last_at) AS span
            FROM begun
        )
        SELECT kind, min(first_at), max(last_at) FROM spans GROUP BY kind, span ORDER BY kind, span
        """,
        {"beat": _BEAT, "silence": SILENCE},
    ).fetchall()
    spans: dict[str, list[Held]] = {}
    for kind, first, last in rows:
        spans.setdefault(kind, []).append(_beating(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)))
    return spans


def join_beats(beats: Iterable[tuple[str, datetime]]) -> dict[str, list[Held]]:
    """Return, per kind, the spans in which heartbeats name it; a longer silence than three beats ends a span.

    Args:
        beats: Kinds that heartbeats name, each with the time of its beat, aware UTC, in any order.
    """
    spans: dict[str, list[Held]] = {}
    for kind, at in sorted(beats):
        known = spans.setdefault(kind, [])
        since = at
        if known and at + _BEAT - known[-1].until <= SILENCE:
            since = known.pop().since
        known.append(_beating(since, at))
    return spans


def _beating(first: datetime, last: datetime) -> Held:
    return Held(first, last + _BEAT, "recorder", _REPORTED)
