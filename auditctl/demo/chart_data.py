"""The rows of one chart request: six for a view, five for an export, as 6.1.0 writes them when nothing is cached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from auditctl.demo.objects import Chart
from auditctl.demo.people import Person
from auditctl.demo.rows import BASE, Day, Mark
from auditctl.demo.timeline import SECOND

PATH = "/api/v1/chart/data"


@dataclass(frozen=True, slots=True)
class RequestTexts:
    """The `json` of the rows of one chart request; made once, because a chart asks for the same thing every time."""

    plain: str
    execute: str
    load: str
    data: str

    @classmethod
    def of(cls, payload: dict[str, Any]) -> RequestTexts:
        """Return the four texts for one request body."""
        return cls(
            json.dumps(payload),
            json.dumps(payload | {"object_ref": "superset.models.core"}),
            json.dumps(payload | {"object_ref": "Database.load_into_dataframe"}),
            json.dumps(payload | {"object_ref": "ChartDataRestApi.data", "is_cached": [None]}),
        )


def _query(chart: Chart) -> dict[str, Any]:
    return {"columns": chart.columns, "row_limit": 50, "filters": [], "orderby": []}


@cache
def _view_texts(chart: Chart, board: int | None, *, guest: bool) -> RequestTexts:
    query = _query(chart)
    source = {"id": chart.dataset.id, "type": "table"}
    kind = {"force": False, "result_format": "json", "result_type": "full"}
    if guest:
        return RequestTexts.of({"path": PATH, "datasource": source, **kind, "form_data": query, "queries": [query]})
    place = {} if board is None else {"dashboard_id": str(board)}
    return RequestTexts.of(
        {
            "path": PATH,
            "form_data": {**query, "slice_id": chart.id},
            **place,
            "datasource": source,
            **kind,
            "queries": [query],
        }
    )


def view_chart(
    day: Day,
    instant: int,
    person: Person | None,
    chart: Chart,
    board: int | None,
    referrer: str,
    mark: Mark | None = None,
) -> int:
    """Add the six rows of a chart that is looked at; return the instant of the last one.

    A guest of an embedded dashboard (`person` is None) leaves neither dashboard nor chart in the columns.
    """
    texts = _view_texts(chart, board, guest=person is None)
    user = person.log_id if person else None
    slice_id = chart.id if person else None
    chance = day.rng.random
    first = instant + 20_000 + int(chance() * 90_000)
    second = first + 9_000 + int(chance() * 60_000)
    third = second + 7_000 + int(chance() * 40_000)
    fourth = third + 8_000 + int(chance() * 700_000)
    fifth = fourth + 9_000 + int(chance() * 40_000)
    last = fifth + 9_000 + int(chance() * 50_000)
    day.rows += (
        (first, "execute_sql", user, texts.execute, board, slice_id, int(chance() * 30), referrer, mark),
        (second, "load_into_dataframe", user, texts.load, board, slice_id, int(chance() * 20), referrer, mark),
        (third, "QueryObject.post_processing", user, texts.plain, board, slice_id, 0, referrer, mark),
        (fourth, "ChartDataRestApi.json_dumps", user, texts.plain, board, slice_id, 0, referrer, mark),
        (fifth, "_get_data_response", user, None, board, slice_id, (fifth - first) // 1000, referrer, mark),
        (last, "ChartDataRestApi.data", user, texts.data, board, slice_id, (last - instant) // 1000, referrer, mark),
    )
    return last


@cache
def _export_texts(chart: Chart, *, form: bool) -> RequestTexts:
    query = _query(chart)
    if form:
        return RequestTexts.of({"path": PATH, "form_data": query})
    return RequestTexts.of(
        {
            "path": PATH,
            "datasource": {"id": chart.dataset.id, "type": "table"},
            "force": False,
            "result_format": "csv",
            "result_type": "full",
            "form_data": query,
            "queries": [query],
        }
    )


def export_chart(
    day: Day, instant: int, person: Person, chart: Chart, referrer: str, *, form: bool, mark: Mark | None = None
) -> int:
    """Add the five rows of a chart's CSV export; return the instant of the last one.

    The user interface sends a form: then neither format nor data source is in the row. The mark gets the last row.
    """
    texts = _export_texts(chart, form=form)
    user = person.log_id
    steps = (
        ("execute_sql", texts.execute, 0),
        ("load_into_dataframe", texts.load, 9),
        ("QueryObject.post_processing", texts.plain, 0),
        ("_get_data_response", None, 324),
    )
    then = instant
    for action, text, ms in steps:
        then += day.gap(20, 120)
        day.rows.append((then, action, user, text, None, None, ms, referrer, None))
    last = then + day.gap(10, 50)
    ms = (last - instant) // 1000
    day.rows.append((last, "ChartDataRestApi.data", user, texts.data, None, None, ms, referrer, mark))
    day.seen(person, last)
    return last


@cache
def _beacon_tails(chart: Chart | None, board: int | None) -> tuple[str, str]:
    place = {"source": "explore" if board is None else "dashboard"}
    if chart is None:
        tail = {
            "event_type": "timing",
            "trigger_event": None,
            **place,
            "source_id": board,
            "dashboard_id": board,
            "is_soft_navigation": False,
            "duration": 900,
        }
        return json.dumps(tail)[1:], ""
    where = {**place, "source_id": board, "dashboard_id": board, "slice_id": chart.id}
    timing = {"event_type": "timing", "trigger_event": None, **where}
    load = {
        **timing,
        "duration": 120,
        "row_count": 40,
        "is_cached": None,
        "datasource": f"{chart.dataset.id}__table",
        "viz_type": chart.viz,
    }
    return json.dumps(load)[1:], json.dumps({**timing, "duration": 12})[1:]


def report_visit(
    day: Day, instant: int, person: Person, charts: tuple[Chart, ...], board: int, mark: Mark | None = None
) -> int:
    """Add what the browser claims after a dashboard is drawn: two rows per chart, then `mount_dashboard` (marked)."""
    user = person.log_id
    head = f'{{"impression_id": "{day.rng.getrandbits(60):015x}", "version": "v2", "event_name": "'
    then = instant
    for chart in charts:
        load, render = _beacon_tails(chart, board)
        ts = f'", "ts": {then // 1000}, '
        then += day.gap(40, 90)
        day.rows += (
            (then, "log", user, f"{head}load_chart{ts}{load}", board, chart.id, 0, BASE, None),
            (then + 3, "log", user, f"{head}render_chart{ts}{render}", board, chart.id, 0, BASE, None),
        )
    mount, _ = _beacon_tails(None, board)
    text = f'{head}mount_dashboard", "ts": {then // 1000}, {mount}'
    then += 400
    day.rows.append((then, "log", user, text, board, None, 0, BASE, mark))
    day.seen(person, then)
    return then


def report_click(
    day: Day,
    instant: int,
    person: Person,
    event: str,
    board: int,
    chart: Chart | None = None,
    mark: Mark | None = None,
) -> None:
    """Add one click that only the browser tells of (`export_csv_dashboard_chart`, `dashboard_download_as_pdf`)."""
    payload: dict[str, Any] = {
        "impression_id": f"{day.rng.getrandbits(60):015x}",
        "version": "v2",
        "event_name": event,
        "ts": instant // 1000,
        "event_type": "user",
        "trigger_event": None,
        "source": "dashboard",
        "source_id": board,
        "dashboard_id": board,
    }
    if chart:
        payload |= {"slice_id": chart.id, "is_cached": False}
    chart_id = chart.id if chart else None
    day.add(instant + SECOND // 50, "log", person, payload, board=board, chart=chart_id, ms=0, mark=mark)
