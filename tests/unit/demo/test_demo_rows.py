"""The rows as a whole: order, volume, shapes of a real 6.1.0, agreement between logs and objects."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditctl.demo.generate import DemoOptions, write_demo

from .made import Demo

FIXTURE = Path(__file__).parents[2] / "data" / "superset-6.1-metadata.sqlite"
BERLIN = ZoneInfo("Europe/Berlin")
RECORDER = "json_extract(json, '$.recorder') IS NOT NULL"
ORDINARY = f"({RECORDER}) = 0"
SHAPES = "SELECT action, json, referrer IS NULL, duration_ms IS NULL FROM logs"


def shapes(database: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    for action, text, no_referrer, no_duration in database.execute(SHAPES):
        yield action, tuple(json.loads(text)) if text else None, no_referrer, no_duration


def test_ids_ascend_with_time_and_no_row_is_later_than_the_end(demo: Demo) -> None:
    times = demo.rows("SELECT id, dttm FROM logs ORDER BY id")
    assert [number for number, _ in times] == list(range(1, len(times) + 1))
    assert all(first <= second for (_, first), (_, second) in pairwise(times))
    assert times[0][1].startswith("2025-05-01 ")
    assert times[-1][1] < "2026-11-24 12:00:00"
    starts = demo.column("SELECT start_time FROM query ORDER BY id")
    assert starts == sorted(starts)


def test_every_reference_leads_somewhere(demo: Demo, stock: Demo) -> None:
    assert demo.rows("PRAGMA foreign_key_check") == []
    assert stock.rows("PRAGMA foreign_key_check") == []
    assert demo.rows("PRAGMA journal_mode") == [("delete",)]


def test_the_truth_counts_the_rows(demo: Demo) -> None:
    counts = demo.truth["counts"]
    assert demo.column("SELECT count(*) FROM logs") == [counts["logs"]]
    assert demo.column("SELECT count(*) FROM query") == [counts["query"]]
    assert dict(demo.rows("SELECT action, count(*) FROM logs GROUP BY action ORDER BY action")) == counts["actions"]


def test_the_volume_is_about_what_was_asked_for(demo: Demo) -> None:
    (ordinary,) = demo.column(f"SELECT count(*) FROM logs WHERE {ORDINARY} OR json IS NULL")
    assert 3_000 <= ordinary <= 3_600
    assert len(demo.column("SELECT DISTINCT sql FROM query")) <= 300


def test_rows_look_like_those_of_a_real_superset(stock: Demo) -> None:
    with closing(sqlite3.connect(f"file:{FIXTURE}?mode=ro", uri=True)) as real:
        known = set(shapes(real))
    explored = {"ChartDataRestApi.data", "ChartDataRestApi.json_dumps", "QueryObject.post_processing"}
    explored |= {"execute_sql", "load_into_dataframe"}
    # A saved chart asked for outside a dashboard is the one combination that the real database does not hold.
    strange = {shape for shape in shapes(stock.database) if shape not in known}
    assert {shape[0] for shape in strange} <= explored
    outside = "action = 'ChartDataRestApi.data' AND slice_id IS NOT NULL AND dashboard_id IS NULL"
    texts = stock.column(f"SELECT json FROM logs WHERE {outside}")
    assert texts
    assert all('"slice_id"' in text for text in texts)


def test_a_stock_superset_records_no_sign_in(stock: Demo, demo: Demo) -> None:
    assert stock.truth["recorder_since"] is None
    assert stock.rows(f"SELECT id FROM logs WHERE {RECORDER} OR action LIKE 'User%' OR action LIKE 'Role%'") == []
    same = f"SELECT action, user_id, json, dttm, duration_ms FROM logs WHERE {ORDINARY} OR json IS NULL ORDER BY id"
    assert stock.rows(same) == demo.rows(same)
    for table in ("query", "ab_user", "ab_user_role", "dashboards", "slices", "report_execution_log"):
        assert stock.rows(f"SELECT * FROM {table}") == demo.rows(f"SELECT * FROM {table}")


def test_the_recorder_beats_every_five_minutes_from_its_first_row(demo: Demo) -> None:
    assert demo.truth["recorder_since"] == "2026-08-12T07:00:00.000000Z"
    assert demo.column(f"SELECT min(dttm) FROM logs WHERE {RECORDER}") == ["2026-08-12 07:00:00.000000"]
    beats = [
        datetime.fromisoformat(text).replace(tzinfo=UTC)
        for text in demo.column("SELECT dttm FROM logs WHERE action = 'RecorderHeartbeat' ORDER BY id")
    ]
    assert {second - first for first, second in pairwise(beats)} == {timedelta(minutes=5)}
    assert beats[-1] == datetime(2026, 11, 24, 11, 55, tzinfo=UTC)


def test_only_one_day_is_silent(demo: Demo) -> None:
    assert demo.fact("silent_day") == {"date": "2026-07-15", "zone": "Europe/Berlin"}
    times = demo.column("SELECT dttm FROM logs UNION ALL SELECT changed_on FROM query")
    seen = {datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(BERLIN).date() for text in times}
    days = {date(2025, 5, 1) + timedelta(days=number) for number in range((date(2026, 11, 24) - date(2025, 5, 1)).days)}
    assert days - seen == {date(2026, 7, 15)}


def test_an_object_remembers_the_last_edit_that_succeeded(demo: Demo) -> None:
    refused = [fact["id"] for edit in demo.fact("refused_edits") for fact in edit["log_rows"]]
    edits = demo.rows(
        "SELECT l.dttm, l.user_id, d.changed_on, d.changed_by_fk FROM logs l"
        " JOIN dashboards d ON d.id = CAST(json_extract(l.json, '$.pk') AS INTEGER)"
        " WHERE l.action = 'DashboardRestApi.put' AND l.id NOT IN (?, ?, ?)"
        " AND l.id = (SELECT max(id) FROM logs WHERE action = l.action"
        " AND json_extract(json, '$.pk') = json_extract(l.json, '$.pk'))",
        *refused,
    )
    assert len(edits) >= 2
    for logged, editor, changed, changed_by in edits:
        assert editor == changed_by
        between = datetime.fromisoformat(logged) - datetime.fromisoformat(changed)
        assert timedelta() <= between < timedelta(seconds=1)


def test_created_charts_remember_their_maker(demo: Demo) -> None:
    made = demo.rows(
        "SELECT l.user_id = s.created_by_fk, l.dttm > s.created_on FROM slices s JOIN logs l"
        " ON l.action = 'ChartRestApi.post' AND json_extract(l.json, '$.slice_name') = s.slice_name"
    )
    assert set(made) == {(1, 1)}


def test_a_success_in_sql_lab_is_logged_and_nothing_else_is(demo: Demo) -> None:
    logged = demo.column(
        "SELECT json_extract(json, '$.client_id') FROM logs WHERE action = 'SqlLabRestApi.get_results' ORDER BY id"
    )
    assert logged == demo.column("SELECT client_id FROM query WHERE status = 'success' ORDER BY id")
    assert set(demo.column("SELECT DISTINCT status FROM query")) == {
        "success",
        "failed",
        "stopped",
        "timed_out",
        "pending",
    }


def test_secrets_lie_where_superset_puts_them(demo: Demo) -> None:
    canaries = "SELECT action FROM logs WHERE json LIKE '%CANARY-demo-%' ORDER BY id"
    assert demo.column(canaries) == [
        "test_connection_attempt",
        "test_connection_success",
        "DatabaseRestApi.post",
        "CurrentUserRestApi.put",
    ]
    assert demo.rows("SELECT id FROM dbs WHERE sqlalchemy_uri LIKE '%CANARY%'") == []


@pytest.mark.parametrize(
    ("until", "quarter", "first_month"),
    [
        ("2026-10-01T00:00:00+02:00", "2026-Q3", "2025-04"),
        ("2026-09-30T23:59:59+02:00", "2025-Q3", "2025-03"),
        ("2027-03-28T10:00:00+02:00", "2026-Q3", "2025-09"),  # the clocks went forward that night
    ],
)
def test_the_story_is_whole_at_any_end(tmp_path: Path, until: str, quarter: str, first_month: str) -> None:
    files = write_demo(tmp_path, DemoOptions(until=datetime.fromisoformat(until), events=1_000))
    truth = json.loads(files.truth.read_text(encoding="utf-8"))
    assert truth["quarter"]["label"] == quarter
    with closing(sqlite3.connect(files.database)) as database:
        (since,) = database.execute("SELECT min(dttm) FROM logs").fetchone()
        broken = "SELECT count(*) FROM (SELECT dttm < lag(dttm) OVER (ORDER BY id) AS back FROM logs) WHERE back"
        assert database.execute(broken).fetchone() == (0,)
    assert since.startswith(first_month)
    facts = truth["facts"]
    assert [len(edit["log_rows"]) for edit in facts["refused_edits"]] == [1, 1, 1]
    assert [len(edit["refusal_rows"]) for edit in facts["refused_edits"]] == [0, 1, 1]
    assert len(facts["burst_then_success"]["failure_rows"]) == 8
    assert len(facts["recent_burst"]["failure_rows"]) == 9
    assert [len(example) for example in facts["chart_requests"]["examples"]] == [6, 6, 6]
    assert len(facts["leaver"]["sign_in_rows"]) == 2
