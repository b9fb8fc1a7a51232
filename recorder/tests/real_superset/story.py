"""What is known while the day goes on, and what several of its parts need."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .acts import Day, Told
from .client import Answer, Person

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


def permissions(admin: Person) -> dict[str, int]:
    found, page = dict[str, int](), 0
    while listed := admin.ask("GET", f"/api/v1/security/permissions-resources/?q=(page_size:100,page:{page})").json()[
        "result"
    ]:
        found |= {f"{pair['permission']['name']} on {pair['view_menu']['name']}": pair["id"] for pair in listed}
        page += 1
    return found
