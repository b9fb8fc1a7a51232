"""What is declared sensitive also goes to the separate store, with the hash of its SQL whatever the policy."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.recorder.stores import Store, server_store
from tests.servers.server import Server as DatabaseServer

from .client import Person
from .recorded import rows
from .server import Server
from .test_places import follow
from .test_site import make_database, run, signed_in


def site(server: Server, store: Store) -> None:
    database = store.writer.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    (server.folder / "site.py").write_text(
        f"AUDIT_DATABASE_URI = {database!r}\nAUDIT_SQL = 'hash'\n"
        "AUDIT_SENSITIVE_DASHBOARDS = ['census']\nAUDIT_SENSITIVE_DATASETS = ['main.patients']\n"
    )


def make(who: Person, path: str, **body: Any) -> int:
    found: int = who.ask("POST", f"/api/v1/{path}/", json_body=body).json()["id"]
    return found


def data_of(dataset: int, column: str, kind: str = "json") -> dict[str, Any]:
    return {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [{"columns": [column], "row_limit": 5, "filters": [], "orderby": []}],
        "result_format": kind,
        "result_type": "full",
    }


def test_acts_on_what_is_sensitive_are_in_the_separate_store_once(
    superset: Server, business: Path, postgresql: DatabaseServer, tmp_path: Path
) -> None:
    with server_store(postgresql, this_month=True) as store:
        site(superset, store)
        superset.start()
        admin = signed_in(superset)
        database = make_database(admin, business)
        patients, inventory = (
            make(admin, "dataset", database=database, schema="main", table_name=name)
            for name in ("patients", "inventory")
        )
        census = make(admin, "dashboard", dashboard_title="Census", slug="census")
        make(admin, "dashboard", dashboard_title="Stock", slug="stock")

        def act(key: str, method: str, path: str, **more: Any) -> None:
            answer = admin.ask(method, f"/api/v1/{path}", headers={"X-Request-ID": key}, **more)
            assert answer.status == 200, answer.body

        act("opened", "GET", "dashboard/census")
        act("not sensitive", "GET", "dashboard/stock")
        act("edited", "PUT", f"dashboard/{census}", json_body={"published": True})
        act("shown", "POST", "chart/data", json_body=data_of(patients, "diagnosis"))
        act("not sensitive", "POST", "chart/data", json_body=data_of(inventory, "sku"))
        act("exported", "POST", "chart/data", json_body=data_of(patients, "ssn", "csv"))
        sql = "SELECT ssn FROM patients"
        assert run(admin, database, sql) == 200
        superset.stop()

        found = [row for row in store.rows() if row["action"] not in ("RecorderHeartbeat", "UserLoggedIn")]
        kept = {row["action"]: row for row in found}
        assert len(kept) == len(found)
        told = {
            action: (row["request_id"], row["event_outcome"], row["object_type"], row["object_id"], row["object_name"])
            for action, row in kept.items()
        }
        statement = told.pop("execute_sql")
        assert statement[1:3] == ("succeeded", "statement")
        assert told == {
            "DashboardRestApi.get": ("opened", "succeeded", "dashboard", str(census), "Census"),
            "DashboardRestApi.put": ("edited", "succeeded", "dashboard", str(census), "Census"),
            "ChartDataRestApi.data": ("shown", "succeeded", "dataset", str(patients), "patients"),
            "export_data": ("exported", "succeeded", "dataset", str(patients), "patients"),
        }
        assert {row["dashboard_id"] for action, row in kept.items() if action.startswith("Dashboard")} == {census}
        ran = json.loads(kept["ChartDataRestApi.data"]["json"])
        # As it was sent to the database.
        sent = "SELECT\n  diagnosis AS diagnosis\nFROM main.patients\nLIMIT 5\nOFFSET 0"
        assert ran["sql_sha256"] == sha256(sent.encode()).hexdigest()
        assert "sql" not in ran
        assert json.loads(kept["execute_sql"]["query_context"])["sql_sha256"] == sha256(sql.encode()).hexdigest()
        assert {row["sql_text"] for row in kept.values()} == {None}
        assert follow(store, tmp_path).problems == ()
        # Superset itself wrote them to its own table; the recorder does not write them there again.
        own = [row["action"] for row in rows(superset.metadata)]
        assert [own.count(name) for name in ("DashboardRestApi.put", "ChartDataRestApi.data")] == [1, 3]
