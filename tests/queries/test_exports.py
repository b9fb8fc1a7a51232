from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed

EXPORT = {"kind": "export"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**EXPORT)).run("exports")) == EDGES


def test_every_way_out_is_listed_whoever_reports_it_and_other_kinds_are_not(tmp_path: Path) -> None:
    events = [
        {**EXPORT, "route": "SQL Lab CSV"},
        {**EXPORT, "route": "dashboard PDF (browser)", "reported_by": "client"},
    ]
    events += [{**EXPORT, "route": "chart CSV", "event_outcome": "failed"}, {"kind": "data_request"}, {"kind": "view"}]
    evidence = seed(tmp_path, events=events).evidence("exports")
    assert refs(rows_of(evidence), "route") == ("SQL Lab CSV", "dashboard PDF (browser)", "chart CSV")
    assert (evidence.rows, evidence.flagged, evidence.population) == (3, 0, 5)


def test_a_row_tells_who_took_what_by_which_way(tmp_path: Path) -> None:
    export = cells(
        username="bob",
        route="SQL Lab CSV",
        object_type="statement",
        object_id="7",
        object_name=None,
        statement_ref="query:7",
        event_outcome="succeeded",
        outcome_basis="its row",
        reported_by="server",
        source_ref="logs:160",
    )
    (row,) = seed(tmp_path, events=[{**EXPORT, **export}]).run("exports")
    assert row == {**export, "occurred_at": at("08-12 09:00"), "flagged": False}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{**EXPORT, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("exports")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"exports": [("08-12", "10-02")]})
    assert missing(seeded.evidence("exports")) == {"exports": [("07-01", "08-12")]}
