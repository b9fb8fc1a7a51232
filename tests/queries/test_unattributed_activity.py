from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed

NOBODY = {"kind": "view", "attributed": False, "user_id": None, "username": "unattributed"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**NOBODY)).run("unattributed_activity")) == EDGES


def test_acts_without_an_account_are_items_and_those_with_one_are_not(tmp_path: Path) -> None:
    events = [{**NOBODY, "source_ref": "nobody"}, {"kind": "view", "attributed": True}]
    evidence = seed(tmp_path, events=events).evidence("unattributed_activity")
    assert [(row["source_ref"], row["flagged"]) for row in rows_of(evidence)] == [("nobody", True)]
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 2)


def test_what_never_has_an_account_is_left_out_and_what_is_not_known_is_not(tmp_path: Path) -> None:
    kinds = ["browse", "heartbeat", "page", "scheduled_run", "sign_in", "unmapped"]
    rows = seed(tmp_path, events=[{**NOBODY, "kind": kind} for kind in kinds]).run("unattributed_activity")
    assert refs(rows, "kind") == ("browse", "page", "unmapped")


def test_a_row_tells_all_that_is_known_of_the_act(tmp_path: Path) -> None:
    act = cells(
        kind="export",
        verb="export",
        object_type="dashboard",
        object_id="2",
        object_name="Census",
        route="dashboard zip",
        action="DashboardRestApi.export",
        path="/api/v1/dashboard/export/",
    )
    (row,) = seed(tmp_path, events=[{**NOBODY, **act, "source_ref": "logs:7"}]).run("unattributed_activity")
    assert row == {**act, "occurred_at": at("08-12 09:00"), "source_ref": "logs:7", "flagged": True}


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [{**NOBODY, "source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events).run("unattributed_activity")) == ("logs:9", "logs:2", "logs:3")


def test_what_was_logged_from_august_on_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"log_rows": [("08-12", "10-02")]})
    assert missing(seeded.evidence("unattributed_activity")) == {"log_rows": [("07-01", "08-12")]}
