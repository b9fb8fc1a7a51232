"""The day: content, statements and exports. What each act must leave is worked out by hand, from what it does."""

from __future__ import annotations

import json
from typing import Any

from .acts import Told, refused, told
from .story import Story, chart_data, run


def content(story: Story) -> None:
    day, admin, ids = story.day, story.person("admin"), story.ids
    uri = f"sqlite:///{story.business}?check_same_thread=false"
    database = {"database_name": "clinic", "sqlalchemy_uri": uri, "expose_in_sqllab": True, "allow_dml": False}
    story.make(admin, "database", "/api/v1/database/", "db", database)
    for table in ("patients", "inventory"):
        body = {"database": ids["db"], "schema": "main", "table_name": table}
        story.make(admin, f"dataset {table}", "/api/v1/dataset/", table, body)
    for title, slug, owners in (("Census", "census", []), ("Stock", "stock", [ids["user bob"]])):
        body = {"dashboard_title": title, "slug": slug, "published": True, "owners": owners}
        story.make(admin, f"dashboard {title}", "/api/v1/dashboard/", slug, body)
    for name, table, column, slug, owners in (
        ("Diagnoses", "patients", "diagnosis", "census", []),
        ("Items", "inventory", "sku", "stock", [ids["user bob"]]),
    ):
        body = {
            "slice_name": name,
            "viz_type": "table",
            "datasource_id": ids[table],
            "datasource_type": "table",
            "params": json.dumps({"viz_type": "table", "datasource": f"{ids[table]}__table"}),
            "query_context": json.dumps(chart_data(story, table, [column])),
            "dashboards": [ids[slug]],
            "owners": owners,
        }
        story.make(admin, f"chart {name}", "/api/v1/chart/", name, body)
    day.act(story.person("alice"), "open a dashboard", "GET", "/api/v1/dashboard/census", 200)
    day.act(story.person("alice"), "chart data", "POST", "/api/v1/chart/data", 200,
            json_body=chart_data(story, "patients", ["diagnosis"]))  # fmt: skip


def statements(story: Story) -> None:
    where: dict[str, Any] = dict(database_id=story.ids["db"], database_name="clinic", schema="main")
    alice: dict[str, Any] = dict(on=("statement", None), by="alice", actor_id=story.ids["user alice"], **where)

    def ran(sql: str, rows: int) -> Told:
        return told("StatementExecuted", **alice, sql=sql, rows=rows)

    def failed(sql: str | None) -> Told:
        return told("StatementExecuted", "failed", "error", **alice, sql=sql)

    run(story, "alice", "sql00000001", "SELECT full_name, ssn FROM patients WHERE diagnosis = 'E11'", 200,
        ran("SELECT full_name, ssn FROM patients WHERE diagnosis = ?", 8))  # fmt: skip
    run(story, "alice", "sql00000002", "SELECT 1; SELECT sku FROM inventory", 200,
        ran("SELECT ?; SELECT sku FROM inventory", 30))  # fmt: skip
    run(story, "alice", "sql00000003", "SELECT * FROM no_such_table", 500, failed("SELECT * FROM no_such_table"))
    run(story, "alice", "sql00000004", "SELEC 'CANARY-literal' 1", 422, failed("SELEC ? ?"))
    run(story, "alice", "sql00000005", "DELETE FROM inventory", 500, failed("DELETE FROM inventory"))
    run(story, "carol", "sql00000006", "SELECT ssn FROM patients LIMIT 3", 403,
        refused("no_permission", "database", "clinic", "carol", permission="can_execute_sql_query on SQLLab",
                sql="SELECT ssn FROM patients LIMIT ?"))  # fmt: skip

    ssn = "SELECT ssn FROM patients"
    row = refused("no_access", "database", "clinic", "erin", target_id=story.ids["db"], sql=ssn)
    run(story, "erin", "sql00000007", ssn, 500, row)


def exports(story: Story) -> None:
    day, ids, alice, admin = story.day, story.ids, story.person("alice"), story.person("admin")
    by: dict[str, Any] = dict(by="alice", actor_id=ids["user alice"])
    chart: dict[str, Any] = dict(on=("chart", "Diagnoses"), slice_id=ids["Diagnoses"], **by)
    for label, kind in (("CSV", "csv"), ("XLSX", "xlsx")):
        body = chart_data(story, "patients", ["full_name", "ssn"], kind, "Diagnoses")
        row = told("DataExported", **chart, export_format=kind, rows=40, dataset_name="patients")
        day.act(alice, f"chart as {label}, JSON", "POST", "/api/v1/chart/data", 200, row, json_body=body)
        row = told("DataExported", **chart, export_format=kind, rows=40, dataset_name="patients")
        form = {"form_data": json.dumps(body)}
        day.act(alice, f"chart as {label}, as the page asks", "POST", "/api/v1/chart/data", 200, row, form=form)
    body = chart_data(story, "patients", ["diagnosis"], "csv")
    row = told("DataExported", on=("dataset", "patients"), **by, export_format="csv", rows=40)
    day.act(alice, "unsaved chart as CSV", "POST", "/api/v1/chart/data", 200, row, json_body=body)
    path = f"/api/v1/chart/{ids['Diagnoses']}/data/?format=csv&type=full"
    row = told("DataExported", **chart, export_format="csv", rows=40)
    day.act(alice, "saved chart as CSV", "GET", path, 200, row)
    day.act(alice, "saved chart as CSV, compressed", "GET", path, 200, row, headers={"Accept-Encoding": "gzip"})
    row = told("DataExported", on=("statement", None), **by, export_format="csv", rows=8, database_name="clinic",
               sql="SELECT full_name, ssn FROM patients WHERE diagnosis = ?")  # fmt: skip
    day.act(alice, "SQL Lab as CSV", "GET", "/api/v1/sqllab/export/sql00000001/", 200, row)
    row = told("DataExported", on=("statement", None), **by, export_format="csv", rows=8, database_name="clinic")
    for label, headers in (("streamed", {}), ("streamed and compressed", {"Accept-Encoding": "gzip"})):
        day.act(alice, f"SQL Lab as CSV, {label}", "POST", "/api/v1/sqllab/export_streaming/", 200, row,
                form={"client_id": "sql00000001"}, headers=headers)  # fmt: skip
    row = told("DataExported", "failed", "error", on=("statement", None), **by)
    day.act(alice, "SQL Lab as CSV, no such", "GET", "/api/v1/sqllab/export/doesnotexist/", 404, row)
    body = chart_data(story, "patients", ["no_such_column"], "csv", "Diagnoses")
    row = told("DataExported", "failed", "error", **chart, export_format="csv", rows=None)
    day.act(alice, "chart as CSV, wrong column", "POST", "/api/v1/chart/data", 400, row, json_body=body)
    for kind, key, name in (
        ("dashboard", "stock", "Stock"),
        ("chart", "Items", "Items"),
        ("dataset", "inventory", "inventory"),
        ("database", "db", "clinic"),
    ):
        row = told("DataExported", on=(kind, name), by="admin", target_id=ids[key], export_format="zip")
        day.act(admin, f"{kind} as ZIP", "GET", f"/api/v1/{kind}/export/?q=!({ids[key]})", 200, row)
    both = f"!({ids['census']},{ids['stock']})"
    row = told("DataExported", on=("dashboard", "Census, Stock"), by="admin", target_id=both[2:-1], export_format="zip")
    day.act(admin, "two dashboards as ZIP", "GET", f"/api/v1/dashboard/export/?q={both}", 200, row)
    row = told("DataExported", by="admin", export_format="zip")
    day.act(admin, "everything as ZIP", "GET", "/api/v1/assets/export/", 200, row)
