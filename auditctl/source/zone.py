"""How far the Superset server's local time was ahead of UTC, measured on changes that both clocks were written to.

A change of a dashboard or chart leaves a row in `logs`, in UTC, and `changed_on` of the object, in the server's local
time. The few that agree to the second show the offset. They cannot show the zone: many share an offset.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import column as sql_column

from auditctl.source.convert import read_time
from auditctl.source.database import DatabaseSource
from auditctl.source.tables import table_specs

_LATEST_IDS: Final = 100_000
_MOST_CHANGES = 500  # each with its body, which may be long
_MOST_OBJECTS = 1_000
_STEP = timedelta(minutes=15)  # every offset in use is a multiple of it
_FURTHEST = timedelta(hours=14)
_APART = timedelta(seconds=5)
_SUMMER, _WINTER = {5, 6, 7, 8}, {11, 12, 1, 2}  # wherever clocks change, they differ between these months
_ACTIONS = {
    "DashboardRestApi.post": "dashboards",
    "DashboardRestApi.put": "dashboards",
    "ChartRestApi.post": "slices",
    "ChartRestApi.put": "slices",
}
_NAMES = {"dashboards": "dashboard_title", "slices": "slice_name"}
_PATH = re.compile(r"/api/v1/(?:dashboard|chart)/(\d+)/?")
# What was changed, by whom: the table, the account, and the object's id, or its name where it was made.
_Change = tuple[str, int, int | str]


@dataclass(frozen=True, slots=True)
class Measured:
    """The server's offset when something was changed."""

    at: datetime
    """Aware UTC."""
    offset: timedelta
    """How far local time was ahead of UTC."""


def measure_offsets(source: DatabaseSource) -> tuple[Measured, ...]:
    """Return what the latest changes show, in order of time; nothing where fewer than two do, or where they disagree.

    Looks at the latest 100,000 ids of `logs`, by three statements at most.

    Raises:
        SourceError: the database failed.
    """
    logged: dict[_Change, list[datetime]] = defaultdict(list)
    for change, moment in _logged(source):
        logged[change].append(moment)
    measured = []
    for change, local in _stored(source):
        near = [found for moment in logged.get(change, ()) if (found := _measure(moment, local)) is not None]
        if len({found.offset for found in near}) == 1:  # more than one is chance
            measured.append(near[-1])
    by_day = defaultdict(set)
    for found in measured:
        by_day[found.at.date()].add(found.offset)
    if len(measured) < 2 or any(len(offsets) > 1 for offsets in by_day.values()):
        return ()
    return tuple(sorted(measured, key=lambda found: found.at))


def suggested_zone(measured: Sequence[Measured]) -> str | None:
    """Return UTC where no other offset was measured; an offset does not name any other zone."""
    return "UTC" if measured and not any(found.offset for found in measured) else None


def is_utc(measured: Sequence[Measured]) -> bool:
    """Return whether the offset was zero at three changes or more, in summer and in winter alike."""
    months = {found.at.month for found in measured}
    both = bool(months & _SUMMER) and bool(months & _WINTER)
    return len(measured) >= 3 and both and suggested_zone(measured) is not None


def contradicts(measured: Sequence[Measured], zone: str) -> Measured | None:
    """Return a change at which `zone` had another offset, or None."""
    return next((found for found in measured if found.at.astimezone(ZoneInfo(zone)).utcoffset() != found.offset), None)


def describe(measured: Sequence[Measured]) -> str:
    """Return the offsets in words, each with the days of its first and last change."""
    days = defaultdict(list)
    for found in measured:
        days[found.offset].append(found.at.date())
    return ", ".join(f"{_shown(offset)} ({_span(of)}, changes: {len(of)})" for offset, of in days.items())


def _span(days: Sequence[date]) -> str:
    return f"{min(days)} to {max(days)}" if min(days) < max(days) else str(days[0])


def _measure(moment: datetime, local: datetime) -> Measured | None:
    ahead = local - moment
    offset = round(ahead / _STEP) * _STEP
    if abs(offset) > _FURTHEST or abs(ahead - offset) >= _APART:
        return None
    return Measured(moment.replace(tzinfo=UTC), offset)


def _logged(source: DatabaseSource) -> Iterator[tuple[_Change, datetime]]:
    """Yield what was changed, and when by the clock of the log (naive UTC)."""
    newest = source.edge(table_specs()["logs"], newest=True) if _readable(source, "logs", "id", "dttm") else None
    if newest is None or not _readable(source, "logs", "action", "user_id", "json"):
        return
    key: ColumnElement[Any] = sql_column("id")
    action: ColumnElement[Any] = sql_column("action")
    rows = _select(source, "logs", "action", "user_id", "json", "dttm").where(
        key > newest[0] - _LATEST_IDS, action.in_(_ACTIONS)
    )
    latest: Any = source.run(rows.order_by(key.desc()).limit(_MOST_CHANGES))
    for name, account, body, dttm in latest:
        moment, table = read_time(dttm), _ACTIONS.get(name)
        changed = _changed(table, body) if table else None
        if table and moment and changed and isinstance(account, int):
            yield (table, account, changed), moment


def _changed(table: str, body: object) -> int | str | None:
    """Return the id in the path of a request, or the name of what it made."""
    try:
        said = json.loads(str(body))
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    found = _PATH.fullmatch(str(said.get("path")))
    name = said.get(_NAMES[table])
    return int(found[1]) if found else name if isinstance(name, str) else None


def _stored(source: DatabaseSource) -> Iterator[tuple[_Change, datetime]]:
    """Yield what was changed or made last, and when by the server's clock (naive local time)."""
    for table, name in _NAMES.items():
        columns = ("id", name, "created_on", "created_by_fk", "changed_on", "changed_by_fk")
        if not _readable(source, table, *columns):
            continue
        time: ColumnElement[Any] = sql_column("changed_on")
        latest: Any = source.run(_select(source, table, *columns).order_by(time.desc()).limit(_MOST_OBJECTS))
        for key, title, created_on, creator, changed_on, editor in latest:
            for change, stored in (((table, creator, title), created_on), ((table, editor, key), changed_on)):
                if local := read_time(stored):
                    yield change, local


def _select(source: DatabaseSource, table: str, *columns: str) -> Select[Any]:
    listed: list[ColumnElement[Any]] = [sql_column(name) for name in columns]
    return select(*listed).select_from(source._table(table))


def _readable(source: DatabaseSource, table: str, *columns: str) -> bool:
    return {*columns} <= {*source.facts.tables.get(table, ())} - {*source.denied.get(table, ())}


def _shown(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"
