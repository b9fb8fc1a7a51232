"""Acts that change or carry away content: edits, creations, deletions and exports of definitions."""

from __future__ import annotations

import json
from typing import Any

from auditctl.demo.objects import CHARTS, Chart, Dashboard, Dataset
from auditctl.demo.people import Person
from auditctl.demo.rows import Day, Mark
from auditctl.demo.world import Draft, Version, World


def edit_dashboard(
    day: Day,
    world: World,
    instant: int,
    person: Person,
    board: Dashboard,
    *,
    refused: bool = False,
    mark: Mark | None = None,
) -> None:
    """Save a dashboard's properties. Refused for want of ownership, the row is the same and the dashboard is not."""
    payload = {
        "path": f"/api/v1/dashboard/{board.id}",
        "dashboard_title": board.title,
        "url_rule": "/api/v1/dashboard/<pk>",
        "object_ref": "DashboardRestApi.put",
        "pk": str(board.id),
    }
    day.add(instant, "DashboardRestApi.put", person, payload, ms=29 if refused else 45, mark=mark)
    if not refused:
        world.boards[board.id].touch(instant - 9_000, person.id)


def edit_chart(day: Day, world: World, instant: int, person: Person, chart: Chart) -> None:
    """Save a chart."""
    payload = {
        "path": f"/api/v1/chart/{chart.id}",
        "slice_name": chart.name,
        "url_rule": "/api/v1/chart/<pk>",
        "object_ref": "ChartRestApi.put",
        "pk": str(chart.id),
    }
    day.add(instant, "ChartRestApi.put", person, payload, ms=64)
    world.charts[chart.id].touch(instant - 31_000, person.id)


def chart_params(dataset: Dataset) -> dict[str, Any]:
    """Return the saved form of a plain table chart."""
    return {
        "viz_type": "table",
        "datasource": f"{dataset.id}__table",
        "query_mode": "raw",
        "all_columns": [dataset.columns[0][0]],
        "row_limit": 50,
    }


def create_draft(day: Day, world: World, instant: int, person: Person, dataset: Dataset) -> None:
    """Save a new chart; its row does not say which id it got."""
    chart_id = world.next_chart_id()
    name = f"Draft {chart_id - len(CHARTS)}: {dataset.name}"
    payload = {
        "path": "/api/v1/chart/",
        "slice_name": name,
        "viz_type": "table",
        "datasource_id": dataset.id,
        "datasource_type": "table",
        "params": json.dumps(chart_params(dataset)),
        "object_ref": "ChartRestApi.post",
    }
    day.add(instant, "ChartRestApi.post", person, payload, ms=43)
    made = instant - 36_000
    world.drafts.append(Draft(chart_id, name, dataset, person.username, Version(made, person.id, made, person.id)))


def delete_draft(day: Day, world: World, instant: int, person: Person) -> None:
    """Delete the oldest draft."""
    draft = world.drafts.pop(0)
    payload = {
        "path": f"/api/v1/chart/{draft.id}",
        "url_rule": "/api/v1/chart/<pk>",
        "object_ref": "ChartRestApi.delete",
        "pk": str(draft.id),
    }
    day.add(instant, "ChartRestApi.delete", person, payload, ms=32)


def create_dashboard(
    day: Day, world: World, instant: int, person: Person, board: Dashboard, mark: Mark | None = None
) -> None:
    """Save a new dashboard; its row does not say which id it got."""
    payload = {
        "path": "/api/v1/dashboard/",
        "dashboard_title": board.title,
        "slug": board.slug,
        "published": True,
        "owners": [person.id],
        "object_ref": "DashboardRestApi.post",
    }
    day.add(instant, "DashboardRestApi.post", person, payload, ms=40, mark=mark)
    made = instant - 22_000
    world.boards[board.id] = Version(made, person.id, made, person.id)


def delete_dashboard(
    day: Day, world: World, instant: int, person: Person, board: Dashboard, mark: Mark | None = None
) -> None:
    """Delete a dashboard for good; its charts stay."""
    payload = {
        "path": f"/api/v1/dashboard/{board.id}",
        "url_rule": "/api/v1/dashboard/<pk>",
        "object_ref": "DashboardRestApi.delete",
        "pk": str(board.id),
    }
    day.add(instant, "DashboardRestApi.delete", person, payload, ms=35, mark=mark)
    del world.boards[board.id]


def export_definition(
    day: Day, instant: int, person: Person, kind: str, ids: list[int], mark: Mark | None = None
) -> None:
    """Export dashboards or charts as a zip of definitions."""
    payload = {
        "path": f"/api/v1/{kind.lower()}/export/",
        "q": f"!({','.join(map(str, ids))})",
        "object_ref": f"{kind}RestApi.export",
        "rison": ids,
    }
    day.add(instant, f"{kind}RestApi.export", person, payload, ms=150, mark=mark)
