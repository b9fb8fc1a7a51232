from __future__ import annotations

from pathlib import Path
from typing import Any

from .seed import EDGES, Row, Seeded, at, edges, refs, seed

TABLE = "main.patients"
UNREAD = {
    "sql_text": "not shown: not understood as postgres SQL <sql:0123456789>",
    "unread_reason": "not understood as postgres SQL",
}
HOME = {"scope": "asked", "entry": TABLE, "by_schema": False, "database_id": 1, "table_name": "patients"}


def touch(*references: object, scope: str = "asked", via: str = "table main.patients") -> list[Row]:
    return [{"source_ref": ref, "scope": scope, "via": via} for ref in references]


def act(ref: str, kind: str, **columns: object) -> Row:
    return {"source_ref": ref, "kind": kind, "object_type": "chart", "object_id": "7", **columns}


def inside(object_type: str, object_id: str, via: str, scope: str = "asked") -> Row:
    return {"scope": scope, "object_type": object_type, "object_id": object_id, "via": via, "entry": TABLE}


def asked(seeded: Seeded) -> list[dict[str, Any]]:
    return seeded.run("data_access", table=TABLE)


def test_the_window_of_statements_and_of_acts_is_half_open(tmp_path: Path) -> None:
    touches = touch("early", "first", "last", "late")
    assert refs(asked(seed(tmp_path, statements=edges(), touches=touches))) == EDGES
    assert refs(asked(seed(tmp_path, events=edges(kind="view"), touches=touches))) == EDGES


def test_each_way_to_the_data_is_said_in_words(tmp_path: Path) -> None:
    acts = [
        act("logs:1", "view", object_type="dashboard"),
        act("logs:2", "view"),
        act("logs:3", "data_request", verb="query"),
        act("logs:4", "data_request", verb="sample"),
        act("logs:5", "data_request", verb="read_values"),
        act("logs:6", "export", route="chart CSV"),
        act("logs:7", "browse", action="SqlLabRestApi.get_results", object_type="statement"),
        act("logs:8", "browse", action="ChartRestApi.thumbnail"),
        act("logs:9", "browse", verb="screenshot"),
    ]
    statements = [{"source_ref": "query:1", "statement_kind": "UPDATE", "database_name": "production"}]
    rows = asked(seed(tmp_path, events=acts, statements=statements, touches=touch(*refs(acts), "query:1")))
    assert [(row["source_ref"], row["path"]) for row in rows] == [
        ("logs:1", "dashboard opened"),
        ("logs:2", "chart opened for exploring"),
        ("logs:3", "data of a chart"),
        ("logs:4", "sample rows of a dataset"),
        ("logs:5", "values of a column"),
        ("logs:6", "export: chart CSV"),
        ("logs:7", "result of a SQL Lab statement fetched"),
        ("logs:8", "picture asked for"),
        ("logs:9", "picture asked for"),
        ("query:1", "SQL Lab statement: UPDATE"),
    ]


def test_what_shows_no_data_is_left_out(tmp_path: Path) -> None:
    kinds = ["page", "content_change", "statement", "browser_report", "browse"]
    acts = [act(f"logs:{number}", kind) for number, kind in enumerate(kinds)]
    assert asked(seed(tmp_path, events=acts, touches=touch(*refs(acts)))) == []


def test_only_what_reaches_the_table_that_is_asked_for_counts(tmp_path: Path) -> None:
    acts = [act("logs:1", "view"), act("logs:2", "view"), act("logs:3", "view")]
    state = [{"object_type": "chart", "object_id": "7"}]
    touches = touch("logs:1") + touch("logs:2", scope="phi")
    assert refs(asked(seed(tmp_path, events=acts, state=state, touches=touches))) == ("logs:1",)


def test_the_way_from_an_object_to_the_table_is_told(tmp_path: Path) -> None:
    acts = [
        act("logs:1", "view", object_type="dashboard", object_name="Census"),
        act("logs:2", "export", object_type="dashboard", object_id="7,8", route="dashboard zip"),
    ]
    objects = [
        inside("dashboard", "7", "shows chart Beds"),
        inside("dashboard", "7", "shows chart Ages"),
        inside("dashboard", "7", "declared", scope="phi"),
    ]
    touches = touch("logs:1", "logs:2", via="dashboard Census")
    rows = asked(seed(tmp_path, events=acts, scope_objects=objects, touches=touches))
    assert [(row["object"], row["via"]) for row in rows] == [
        ("dashboard 7: Census", "shows chart Ages; shows chart Beds"),
        ("dashboard 7,8", "dashboard Census"),
    ]


def test_a_statement_that_is_not_parsed_is_listed_where_the_table_is(tmp_path: Path) -> None:
    statements = [
        {"source_ref": "query:1", "database_id": 1, **UNREAD},
        {"source_ref": "query:2", "database_id": 1},
        {"source_ref": "query:3", "database_id": 1, "sql_text": "SELECT ..."},
        {"source_ref": "query:4", "database_id": 2, **UNREAD},
    ]
    other = {**HOME, "scope": "phi", "database_id": 2}
    rows = asked(seed(tmp_path, statements=statements, scope_tables=[HOME, other]))
    assert [(row["source_ref"], row["via"]) for row in rows] == [
        ("query:1", "not parsed: cannot be told"),
        ("query:2", "not parsed: cannot be told"),
    ]


def test_an_act_of_which_it_cannot_be_told_what_it_reached_is_listed_with_the_reason(tmp_path: Path) -> None:
    state = [{"object_type": kind, "object_id": "7"} for kind in ("chart", "dataset")]
    statements = [
        {"source_ref": "query:1", "database_id": 1, **UNREAD, "occurred_at": at("06-30 12:00")},
        {"source_ref": "query:2", "database_id": 1, "sql_text": "SELECT ..."},
    ]
    sql = {"object_type": "statement"}
    acts = [
        act("logs:1", "export", object_id=None, route="chart CSV or XLSX (form)"),
        act("logs:2", "data_request", object_id="8"),
        act("logs:3", "view", object_type="dashboard"),
        act("logs:4", "export", **sql, statement_ref="query:1"),
        act("logs:5", "export", **sql, statement_ref="query:9"),
        # Of these it can be told: not the table, or no data at all.
        act("logs:6", "data_request"),
        act("logs:7", "data_request", object_id="8", dataset_id=7),
        act("logs:8", "export", **sql, statement_ref="query:2"),
        act("logs:9", "export", object_id=None, reported_by="client"),
        act("logs:10", "view", object_id="8", event_outcome="refused"),
    ]
    rows = asked(seed(tmp_path, events=acts, state=state, statements=statements, scope_tables=[HOME]))
    assert [(row["source_ref"], row["via"]) for row in rows] == [
        ("logs:1", "the row names nothing: cannot be told"),
        ("logs:2", "the chart is gone: cannot be told"),
        ("logs:3", "the dashboard is gone: cannot be told"),
        ("logs:4", "its statement is not parsed: cannot be told"),
        ("logs:5", "its statement is gone or long before the window: cannot be told"),
    ]


def test_alerts_and_reports_that_send_it_come_last_as_state(tmp_path: Path) -> None:
    objects = [inside("dashboard", "7", "shows chart Beds"), inside("chart", "5", "on dataset main.patients")]
    schedules = [
        {"name": "Weekly", "type": "Report", "active": True, "target": "dashboard:7", "changed_by": "bob"},
        {"name": "Beds", "type": "Alert", "active": False, "target": "chart:5", "created_by": "eve", "recipients": "x"},
        {"name": "Stock", "type": "Report", "active": True, "target": "dashboard:5"},
    ]
    acts = [act("logs:1", "view")]
    rows = asked(seed(tmp_path, events=acts, touches=touch("logs:1"), scope_objects=objects, schedules=schedules))
    assert [
        (row["occurred_at"], row["username"], row["path"], row["object"], row["recipients"]) for row in rows[1:]
    ] == [
        (None, "bob", "report, as of the read point", "dashboard 7, by Weekly", None),
        (None, "eve", "alert, not active, as of the read point", "chart 5, by Beds", "x"),
    ]
    assert refs(rows) == ("logs:1", "schedules:1", "schedules:2")
