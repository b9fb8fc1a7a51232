from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed

VIEW = {"kind": "view", "object_type": "dashboard"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**VIEW)).run("dashboard_views")) == EDGES


def test_pages_browser_reports_and_charts_are_no_view_of_a_dashboard(tmp_path: Path) -> None:
    events = [{**VIEW, "source_ref": "view"}, {**VIEW, "kind": "page"}, {**VIEW, "kind": "browser_report"}]
    events += [{**VIEW, "object_type": "chart"}]
    evidence = seed(tmp_path, events=events).evidence("dashboard_views")
    assert refs(rows_of(evidence)) == ("view",)
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 0, 4)


def test_a_view_without_an_account_is_listed_too(tmp_path: Path) -> None:
    view = cells(
        username="unattributed",
        object_id="2",
        object_name="Census",
        event_outcome="succeeded",
        reported_by="server",
        source_ref="logs:7",
    )
    (row,) = seed(tmp_path, events=[{**VIEW, "user_id": None, "attributed": False, **view}]).run("dashboard_views")
    assert row == {**view, "occurred_at": at("08-12 09:00"), "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{**VIEW, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("dashboard_views")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"dashboard_views": [("08-12", "10-02")]})
    assert missing(seeded.evidence("dashboard_views")) == {"dashboard_views": [("07-01", "08-12")]}
