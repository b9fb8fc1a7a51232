"""The scripted day. What each act must leave is worked out here by hand, from what it does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .acts import Day, Told, refused, told
from .client import Answer, Person
from .server import ADMIN

USERS, ROLES, GROUPS = "/api/v1/security/users/", "/api/v1/security/roles/", "/api/v1/security/groups/"
HIDDEN = {"before": "***", "after": "***"}


def changed(before: Any, after: Any) -> dict[str, Any]:
    return {"before": before, "after": after}


@dataclass
class Story:
    """The day and what is known in it: people by name, ids by what they are of."""

    base: str
    business: Path
    day: Day = field(default_factory=Day)
    ids: dict[str, int] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str, address: str = "192.0.2.7") -> Person:
        return self.people.setdefault(name, Person(self.base, name, address))

    def make(self, who: Person, kind: str, path: str, key: str, body: dict[str, Any], *rows: Told) -> Answer:
        answer = self.day.act(who, f"create {kind}", "POST", path, 201, *rows, json_body=body)
        self.ids[key] = answer.json()["id"]
        return answer


def whole_day(base: str, business: Path) -> Story:
    story = Story(base, business)
    for part in (signing_in, people, content, statements, exports, edits, refusals, administration, leaving):
        part(story)
    return story


def signing_in(story: Story) -> None:
    day, admin = story.day, story.person(ADMIN[0], "192.0.2.1")
    ghost, wrong = story.person("ghost", "198.51.100.9"), story.person("admin by hand")
    by: dict[str, Any] = dict(on=("user", "admin"), by="admin")
    day.sign_in(
        ghost, "CANARY-1", told("UserLoginFailed", "failed", "unknown_user", by="ghost", source_ip="198.51.100.9")
    )
    day.sign_in_api(ghost, "CANARY-2", 401, told("UserLoginFailed", "failed", "unknown_user", by="ghost"))
    day.sign_in(
        wrong, "CANARY-3", told("UserLoginFailed", "failed", "bad_password", **by, actor_id=1, user_id=1), name="admin"
    )
    day.sign_in(wrong, ADMIN[1], told("UserLoggedIn", **by, actor_id=1, user_id=1), name="admin")
    day.act(wrong, "sign-out", "GET", "/logout/", 302, told("UserLoggedOut", **by, actor_id=1, user_id=1))
    day.act(wrong, "sign-out, again", "GET", "/logout/", 302)
    day.sign_in(
        wrong,
        ADMIN[1],
        told("UserLoggedIn", on=("user", "admin"), by="admin@example.com", actor_id=1),
        name="admin@example.com",
    )
    day.sign_in_api(admin, ADMIN[1], 200, told("UserLoggedIn", **by, actor_id=1, source_ip="192.0.2.1"))
    day.act(wrong, "a page", "GET", "/superset/welcome/", 200)


def people(story: Story) -> None:
    day, admin = story.day, story.person("admin")
    listed = admin.ask("GET", f"{ROLES}?q=(page_size:100)").json()["result"]
    story.ids |= {f"role {role['name']}": role["id"] for role in listed}
    for name, first, roles in (
        ("alice", "Alice", ["Alpha", "sql_lab"]),
        ("bob", "Bob", ["Alpha"]),
        ("carol", "Carol", ["Gamma"]),
        ("dave", "Dave", ["Gamma"]),
    ):
        body = {
            "username": name,
            "first_name": first,
            "last_name": "Doe",
            "email": f"{name}@example.com",
            "active": True,
            "password": f"{name}-CANARY-1",
            "roles": [story.ids[f"role {role}"] for role in roles],
        }
        changes = {
            "username": changed(None, name),
            "first_name": changed(None, first),
            "last_name": changed(None, "Doe"),
            "email": changed(None, f"{name}@example.com"),
            "active": changed(None, True),
            "password": {"before": None, "after": "***"},
            "roles": changed([], roles),
        }
        made = told("UserCreated", on=("user", name), by="admin", changes=changes, actor_id=1)
        story.make(admin, f"user {name}", USERS, f"user {name}", body, made)
    for name in ("alice", "bob", "carol", "dave"):
        who = story.person(name, f"192.0.2.{10 + len(name)}")
        user = story.ids[f"user {name}"]
        day.sign_in(who, f"{name}-CANARY-1", told("UserLoggedIn", on=("user", name), by=name, actor_id=user))


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


def chart_data(
    story: Story, table: str, columns: list[str], kind: str = "json", chart: str | None = None
) -> dict[str, Any]:
    source, shown = story.ids[table], {"slice_id": story.ids[chart]} if chart else {}
    return {
        "datasource": {"id": source, "type": "table"},
        "force": False,
        "queries": [{"columns": columns, "row_limit": 1000, "filters": [], "orderby": []}],
        "result_format": kind,
        "result_type": "full",
        "form_data": {"datasource": f"{source}__table", "viz_type": "table", **shown},
    }


def run(story: Story, who: str, client: str, sql: str, wanted: int, *rows: Told) -> None:
    body = {
        "client_id": client,
        "database_id": story.ids["db"],
        "runAsync": False,
        "schema": "main",
        "sql": sql,
        "tab": "Untitled 1",
        "queryLimit": 100,
        "select_as_cta": False,
        "ctas_method": "TABLE",
        "tmp_table_name": "",
        "expand_data": True,
    }
    story.day.act(
        story.person(who), f"SQL: {sql[:40]}", "POST", "/api/v1/sqllab/execute/", wanted, *rows, json_body=body
    )


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
        refused("no_permission", "permission", "can_execute_sql_query on SQLLab", "carol",
                sql="SELECT ssn FROM patients LIMIT ?"))  # fmt: skip


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
    row = told("DataExported", on=("statement", None), **by, export_format="csv", rows=8, database_name="clinic",
               sql="SELECT full_name, ssn FROM patients WHERE diagnosis = ?")  # fmt: skip
    day.act(alice, "SQL Lab as CSV", "GET", "/api/v1/sqllab/export/sql00000001/", 200, row)
    row = told("DataExported", on=("statement", None), **by, export_format="csv", database_name="clinic")
    day.act(alice, "SQL Lab as CSV, streamed", "POST", "/api/v1/sqllab/export_streaming/", 200, row,
            form={"client_id": "sql00000001"})  # fmt: skip
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


def administration(story: Story) -> None:
    day, ids, admin = story.day, story.ids, story.person("admin")
    role = {name: ids[f"role {name}"] for name in ("Gamma", "Alpha", "Admin")}

    def put(label: str, path: str, body: dict[str, Any], *rows: Told, method: str = "PUT", wanted: int = 200) -> Answer:
        return day.act(admin, label, method, path, wanted, *rows, json_body=body)

    def user(called: str, by: str = "admin", /, **changes: Any) -> Told:
        return told("UserUpdated", on=("user", called), by=by, target_id=ids[f"user {called}"], changes=changes)

    def has(kind: str, verb: str, called: str, /, **changes: Any) -> Told:
        return told(f"{kind}{verb}", on=(kind.lower(), called), by="admin", changes=changes)

    carol, dave = f"{USERS}{ids['user carol']}", f"{USERS}{ids['user dave']}"
    put("give a role", carol, {"roles": [role["Gamma"], role["Admin"]]},
        user("carol", roles=changed(["Gamma"], ["Admin", "Gamma"])))  # fmt: skip
    put("take it back", carol, {"roles": [role["Gamma"]]}, user("carol", roles=changed(["Admin", "Gamma"], ["Gamma"])))
    put("the same roles again", carol, {"roles": [role["Gamma"]]})
    put("reset a password", carol, {"password": "carol-CANARY-2"}, user("carol", password=HIDDEN))
    put("another address", carol, {"email": "c@example.com"},
        user("carol", email=changed("carol@example.com", "c@example.com")))  # fmt: skip
    day.act(story.person("alice"), "change the own password", "PUT", "/api/v1/me/", 200,
            user("alice", "alice", password=HIDDEN), json_body={"password": "alice-CANARY-Longer-2"})  # fmt: skip
    story.make(admin, "role", ROLES, "auditors", {"name": "auditors"}, has("Role", "Created", "auditors",
               name=changed(None, "auditors")))  # fmt: skip
    auditors = f"{ROLES}{ids['auditors']}"
    found = admin.ask("GET", "/api/v1/security/permissions-resources/?q=(page_size:1000)").json()["result"]
    pairs = {f"{pair['permission']['name']} on {pair['view_menu']['name']}": pair["id"] for pair in found}
    may = ["can_read on Chart", "can_read on Dashboard"]
    put("its permissions", f"{auditors}/permissions", {"permission_view_menu_ids": [pairs[name] for name in may]},
        has("Role", "Updated", "auditors", permissions=changed([], may)), method="POST")  # fmt: skip
    put("fewer permissions", f"{auditors}/permissions", {"permission_view_menu_ids": [pairs[may[0]]]},
        has("Role", "Updated", "auditors", permissions=changed(may, may[:1])), method="POST")  # fmt: skip
    put("another name", auditors, {"name": "reviewers"},
        has("Role", "Updated", "reviewers", name=changed("auditors", "reviewers")))  # fmt: skip
    put("its accounts", f"{auditors}/users", {"user_ids": [ids["user bob"], ids["user carol"]]},
        user("bob", roles=changed(["Alpha"], ["Alpha", "reviewers"])),
        user("carol", roles=changed(["Gamma"], ["Gamma", "reviewers"])))  # fmt: skip
    body = {
        "name": "oncall",
        "label": "On call",
        "description": "",
        "roles": [role["Alpha"]],
        "users": [ids["user dave"]],
    }
    story.make(admin, "group", GROUPS, "oncall", body,
        has("Group", "Created", "oncall", name=changed(None, "oncall"), label=changed(None, "On call"),
            description=changed(None, ""), roles=changed([], ["Alpha"])),
        user("dave", groups=changed([], ["oncall"])))  # fmt: skip
    put("another member", f"{GROUPS}{ids['oncall']}", {"users": [ids["user bob"]]},
        user("dave", groups=changed(["oncall"], [])), user("bob", groups=changed([], ["oncall"])))  # fmt: skip
    put("its roles", f"{GROUPS}{ids['oncall']}", {"roles": [role["Gamma"]]},
        has("Group", "Updated", "oncall", roles=changed(["Alpha"], ["Gamma"])))  # fmt: skip
    day.act(admin, "delete the group", "DELETE", f"{GROUPS}{ids['oncall']}", 200,
            has("Group", "Deleted", "oncall", name=changed("oncall", None), label=changed("On call", None),
                description=changed("", None), roles=changed(["Gamma"], []), users=changed(["bob"], [])))  # fmt: skip
    put("disable an account", dave, {"active": False}, user("dave", active=changed(True, False)))
    disabled = told("UserLoginFailed", "failed", "inactive", on=("user", "dave"), by="dave")
    again = story.person("dave again")
    day.sign_in(again, "dave-CANARY-1", disabled, name="dave")
    day.sign_in(again, "CANARY-4", disabled, name="dave")
    day.act(story.person("dave"), "his old session", "GET", "/api/v1/me/", 401,
            refused("not_signed_in", None, None, None))  # fmt: skip
    was: dict[str, Any] = {
        "username": changed("dave", None), "first_name": changed("Dave", None), "last_name": changed("Doe", None),
        "email": changed("dave@example.com", None), "active": changed(False, None),
        "password": {"before": "***", "after": None}, "roles": changed(["Gamma"], [])}  # fmt: skip
    gone = told("UserDeleted", on=("user", "dave"), by="admin", target_id=ids["user dave"], changes=was)
    day.act(admin, "delete an account", "DELETE", dave, 200, gone)
    day.act(admin, "delete the role", "DELETE", auditors, 200,
            has("Role", "Deleted", "reviewers", name=changed("reviewers", None),
                permissions=changed(may[:1], []), users=changed(["bob", "carol"], [])))  # fmt: skip
    bob = {"username": "bob", "first_name": "B", "last_name": "B", "email": "b@example.com", "active": True,
            "password": "CANARY-5", "roles": [role["Gamma"]]}  # fmt: skip
    put("an account that is there already", USERS, bob, method="POST", wanted=422)


def leaving(story: Story) -> None:
    day = story.day
    for name in ("alice", "bob", "carol"):
        row = told("UserLoggedOut", on=("user", name), by=name, actor_id=story.ids[f"user {name}"])
        day.act(story.person(name), "sign-out", "GET", "/logout/", 302, row)
