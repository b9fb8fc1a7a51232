"""Acts that only look: dashboards, explore, lists, the action log, guests of an embedded dashboard."""

from __future__ import annotations

from functools import cache

from auditctl.demo.chart_data import report_visit, view_chart
from auditctl.demo.objects import BOARD, PORTAL, Chart, Dashboard
from auditctl.demo.people import BY_NAME, SERVICE, Person
from auditctl.demo.rows import BASE, Day, Mark


@cache
def _page_texts(board: Dashboard, *, owner: bool) -> tuple[dict[str, object], dict[str, object]]:
    page = {
        "path": f"/superset/dashboard/{board.key}/",
        "url_rule": "/superset/dashboard/<dashboard_id_or_slug>/",
        "object_ref": "Superset.dashboard",
        "dashboard_id_or_slug": board.key,
        "dashboard_id": board.id,
        "dashboard_version": "v2",
        "dash_edit_perm": owner,
        "edit_mode": False,
    }
    get = {
        "path": f"/api/v1/dashboard/{board.key}",
        "url_rule": "/api/v1/dashboard/<id_or_slug>",
        "object_ref": "DashboardRestApi.get",
        "dashboard_id": board.id,
    }
    return page, get


def _part(board: Dashboard, part: str) -> dict[str, object]:
    return {
        "path": f"/api/v1/dashboard/{board.key}/{part}",
        "url_rule": f"/api/v1/dashboard/<id_or_slug>/{part}",
        "object_ref": f"DashboardRestApi.get_{part}",
        "id_or_slug": board.key,
    }


def board_url(board: Dashboard) -> str:
    """Return what the browser sends as referrer from a dashboard."""
    return f"{BASE}superset/dashboard/{board.key}/"


def open_dashboard(
    day: Day,
    instant: int,
    person: Person,
    board: Dashboard,
    *,
    charts: int = 4,
    browser: bool = True,
    opened: Mark | None = None,
    first_chart: Mark | None = None,
) -> int:
    """Open a dashboard by its address, all or some of its charts, and let the browser report; return the last instant.

    `opened` gets the row `DashboardRestApi.get`, `first_chart` the six rows of the first chart.
    """
    url = board_url(board)
    page, get = _page_texts(board, owner=person.username == board.owner)
    then = instant + day.gap(40, 240)
    day.add(then, "dashboard", person, page, board=board.id, ms=(then - instant) // 1000)
    then += day.gap(90, 300)
    day.add(then, "DashboardRestApi.get", person, get, board=board.id, ms=20 + then % 60, referrer=url, mark=opened)
    for part in ("charts", "datasets"):
        then += day.gap(80, 220)
        day.add(then, f"DashboardRestApi.get_{part}", person, _part(board, part), ms=15 + then % 140, referrer=url)
    shown = board.charts[:charts]
    for number, chart in enumerate(shown):
        then = view_chart(day, then, person, chart, board.id, url, first_chart if number == 0 else None)
    if browser:
        then = report_visit(day, then, person, shown, board.id)
    day.seen(person, then)
    return then


def claim_visit(day: Day, instant: int, person: Person, board: Dashboard, mark: Mark) -> None:
    """Let a browser report a dashboard that the server never delivered: 404 on the dashboard leaves no row."""
    url = board_url(board)
    day.add(instant, "DashboardRestApi.get_charts", person, _part(board, "charts"), ms=28, referrer=url)
    report_visit(day, instant + day.gap(100, 200), person, board.charts[:1], board.id, mark)


def explore_chart(day: Day, instant: int, person: Person, chart: Chart) -> int:
    """Open a saved chart in explore and draw it."""
    key = str(chart.id)
    then = instant + day.gap(20, 90)
    day.add(
        then,
        "root",
        person,
        {"path": "/explore/", "slice_id": key, "object_ref": "ExploreView.root"},
        chart=chart.id,
        ms=29,
    )
    then += day.gap(90, 200)
    payload = {"path": "/api/v1/explore/", "slice_id": key, "object_ref": "ExploreRestApi.get"}
    day.add(then, "ExploreRestApi.get", person, payload, chart=chart.id, ms=65)
    then = view_chart(day, then, person, chart, None, f"{BASE}explore/")
    beacon = {
        "impression_id": f"{day.rng.getrandbits(60):015x}",
        "version": "v2",
        "event_name": "mount_explorer",
        "ts": then // 1000,
        "event_type": "timing",
        "trigger_event": None,
        "source": "explore",
        "source_id": chart.id,
        "slice_id": chart.id,
    }
    day.add(then + day.gap(30, 60), "log", person, beacon, chart=chart.id, ms=0)
    return then


def open_welcome(day: Day, instant: int, person: Person) -> int:
    """Open the start page."""
    day.add(instant, "welcome", person, {"path": "/superset/welcome/", "object_ref": "Superset.welcome"}, ms=96)
    return instant


def list_objects(day: Day, instant: int, person: Person, kind: str) -> int:
    """Open a list page; 6.1 writes two rows for the list of dashboards."""
    payload = {"path": f"/api/v1/{kind.lower()}/", "q": "(page_size:25)"}
    action = f"{kind}RestApi.get_list"
    day.add(instant, action, person, {**payload, "rison": {"page_size": 25}}, ms=251)
    if kind == "Dashboard":
        instant += day.gap(200, 600)
        day.add(instant, action, person, {**payload, "object_ref": action}, ms=857)
    return instant


def visit_as_guest(day: Day, instant: int, token: str) -> int:
    """Show the embedded dashboard to a guest: the service account fetches a token, the guest's rows have no user."""
    board = BOARD[PORTAL]
    payload = {
        "path": "/api/v1/security/guest_token/",
        "user": {"username": "guest", "first_name": "G", "last_name": "G"},
        "resources": [{"type": "dashboard", "id": token}],
        "rls": [],
        "object_ref": "SecurityRestApi.guest_token",
    }
    day.add(instant, "guest_token", BY_NAME[SERVICE], payload, ms=12)
    then = instant + day.gap(200, 700)
    get = {
        "path": f"/api/v1/dashboard/{board.id}",
        "url_rule": "/api/v1/dashboard/<id_or_slug>",
        "object_ref": "DashboardRestApi.get",
        "dashboard_id": board.id,
    }
    day.add(then, "DashboardRestApi.get", None, get, board=board.id, ms=22)
    for chart in board.charts:
        then = view_chart(day, then, None, chart, None, BASE)
    return then


def run_alert(day: Day, instant: int, person: Person) -> None:
    """Add the inner rows of a scheduled alert: its owner's name, but no path, because nobody asked."""
    day.rows += (
        (instant, "execute_sql", person.log_id, '{"object_ref": "superset.models.core"}', None, None, 4, None, None),
        (
            instant + day.gap(20, 50),
            "load_into_dataframe",
            person.log_id,
            '{"object_ref": "Database.load_into_dataframe"}',
            None,
            None,
            11,
            None,
            None,
        ),
    )
