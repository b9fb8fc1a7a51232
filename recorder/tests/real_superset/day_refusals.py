"""The day: edits, and what is refused. What each act must leave is worked out by hand, from what it does."""

from __future__ import annotations

from typing import Any

from .acts import refused
from .story import USERS, Story, chart_data


def edits(story: Story) -> None:
    """Superset itself writes a row for each, whatever became of it; the recorder writes those that were refused."""
    day, ids, bob = story.day, story.ids, story.person("bob")
    by: dict[str, Any] = dict(by="bob", actor_id=ids["user bob"])
    stock, census = f"/api/v1/dashboard/{ids['stock']}", f"/api/v1/dashboard/{ids['census']}"
    day.act(bob, "edit own dashboard", "PUT", stock, 200, json_body={"dashboard_title": "Stock 2"})
    row = refused("not_owner", "dashboard", "Census", "bob", target_id=ids["census"], actor_id=ids["user bob"])
    day.act(bob, "edit another's dashboard", "PUT", census, 403, row, json_body={"dashboard_title": "Mine"})
    day.act(bob, "delete another's dashboard", "DELETE", census, 403, row)
    day.act(bob, "edit, wrong", "PUT", stock, 400, json_body={"nope": 1})
    day.act(bob, "edit what is not there", "PUT", "/api/v1/dashboard/9999", 404, json_body={"dashboard_title": "x"})
    day.act(bob, "edit own chart", "PUT", f"/api/v1/chart/{ids['Items']}", 200, json_body={"slice_name": "Items 2"})
    row = refused("not_owner", "chart", "Diagnoses", **by, target_id=ids["Diagnoses"])
    day.act(bob, "edit another's chart", "PUT", f"/api/v1/chart/{ids['Diagnoses']}", 403, row,
            json_body={"slice_name": "Mine"})  # fmt: skip
    row = refused("not_owner", "dataset", "patients", **by, target_id=ids["patients"])
    day.act(bob, "edit another's dataset", "PUT", f"/api/v1/dataset/{ids['patients']}", 403, row,
            json_body={"description": "x"})  # fmt: skip
    story.make(bob, "chart", "/api/v1/chart/", "spare", {
        "slice_name": "Spare", "viz_type": "table", "datasource_id": ids["inventory"], "datasource_type": "table",
        "params": "{}"})  # fmt: skip
    day.act(bob, "delete own chart", "DELETE", f"/api/v1/chart/{ids['spare']}", 200)


def refusals(story: Story) -> None:
    day, ids, carol = story.day, story.ids, story.person("carol")
    by: dict[str, Any] = dict(by="carol", actor_id=ids["user carol"])
    row = refused("no_access", "dashboard", "Census", **by, target_id=ids["census"])
    day.act(carol, "a dashboard she may not see", "GET", "/api/v1/dashboard/census", 404, row)
    row = refused("no_access", "dataset", "patients", **by, target_id=ids["patients"])
    day.act(carol, "its chart's data", "POST", "/api/v1/chart/data", 403, row,
            json_body=chart_data(story, "patients", ["ssn"], "json", "Diagnoses"))  # fmt: skip
    day.act(carol, "its chart's data as CSV", "POST", "/api/v1/chart/data", 403, row,
            json_body=chart_data(story, "patients", ["ssn"], "csv", "Diagnoses"))  # fmt: skip
    day.act(carol, "its dataset", "GET", f"/api/v1/dataset/{ids['patients']}", 404, row)
    day.act(
        carol, "explore it", "GET", f"/api/v1/explore/?datasource_type=table&datasource_id={ids['patients']}", 403, row
    )
    row = refused("no_access", "chart", "Diagnoses", **by, target_id=ids["Diagnoses"])
    day.act(carol, "a saved chart's data", "GET", f"/api/v1/chart/{ids['Diagnoses']}/data/", 404, row)
    row = refused("no_access", "dashboard", "Census", **by, target_id=ids["census"])
    day.act(carol, "the page of a dashboard", "GET", "/superset/dashboard/census/", 404, row)
    day.act(carol, "a dashboard as ZIP", "GET", f"/api/v1/dashboard/export/?q=!({ids['census']})", 404, row)
    row = refused("no_access", "dashboard", "Stock 2", **by, target_id=ids["stock"])
    day.act(carol, "edit a dashboard she may not see", "PUT", f"/api/v1/dashboard/{ids['stock']}", 404, row,
            json_body={"dashboard_title": "x"})  # fmt: skip
    row = refused("no_permission", "database", "clinic", "alice", target_id=ids["db"],
                  permission="can_write on Database")  # fmt: skip
    day.act(story.person("alice"), "edit a database", "PUT", f"/api/v1/database/{ids['db']}", 403, row,
            json_body={"allow_dml": True})  # fmt: skip
    row = refused("no_permission", "permission", "can_get on User", **by)
    day.act(carol, "list the accounts", "GET", USERS, 403, row)
    row = refused("no_permission", "permission", "can_post on User", **by)
    day.act(carol, "make an account", "POST", USERS, 403, row, json_body={"username": "mallory"})
    row = refused("no_permission", "permission", "can_write on Database", **by)
    day.act(carol, "make a database", "POST", "/api/v1/database/", 403, row, json_body={
        "database_name": "x", "sqlalchemy_uri": "postgresql://svc:CANARY-uri@127.0.0.1/x"})  # fmt: skip
    row = refused("no_permission", "permission", "can_read on Log", **by)
    day.act(carol, "read the log", "GET", "/api/v1/log/", 403, row)
    nobody = story.person("nobody")
    day.act(nobody, "the API, not signed in", "GET", "/api/v1/dashboard/", 401,
            refused("not_signed_in", "dashboard", None, None))  # fmt: skip
    day.act(nobody, "a page, not signed in", "GET", "/superset/dashboard/census/", 302)
    day.act(nobody, "a page that is not there", "GET", "/no/such/page", 404)
