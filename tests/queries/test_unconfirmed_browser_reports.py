from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from .seed import EDGES, Row, at, cells, edges, missing, refs, rows_of, seed

CLAIM = {
    "kind": "browser_report",
    "verb": "view",
    "object_type": "dashboard",
    "object_id": "2",
    "reported_by": "client",
}


def delivery(columns: Row = MappingProxyType({}), time: str = "08-12 08:59") -> Row:
    view = cells(kind="view", object_type="dashboard", object_id="2", source_ref="delivery")
    return {**view, "occurred_at": at(time), **columns}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**CLAIM)).run("unconfirmed_browser_reports")) == EDGES


def test_a_report_that_the_server_confirms_is_no_item_and_one_that_it_does_not_is(tmp_path: Path) -> None:
    assert seed(tmp_path, events=[CLAIM, delivery(), delivery()]).run("unconfirmed_browser_reports") == []
    claim = {**CLAIM, "username": "bob", "object_name": "Census", "action": "log", "source_ref": "logs:7"}
    evidence = seed(tmp_path, events=[claim]).evidence("unconfirmed_browser_reports")
    (row,) = rows_of(evidence)
    shown = {name: claim[name] for name in ("username", "object_id", "object_name", "action", "source_ref")}
    assert row == {**shown, "occurred_at": at("08-12 09:00"), "flagged": True}
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": 2},
        {"user_id": None},
        {"object_id": "3"},
        {"object_type": "chart"},
        {"kind": "page"},
        {"reported_by": "client"},
    ],
)
def test_another_account_another_object_and_a_browsers_own_word_confirm_nothing(other: Row, tmp_path: Path) -> None:
    events = [{**CLAIM, "source_ref": "claim"}, delivery(other)]
    assert refs(seed(tmp_path, events=events).run("unconfirmed_browser_reports")) == ("claim",)


@pytest.mark.parametrize(
    ("time", "confirms"),
    [
        ("08-11 08:59:59.999999", False),
        ("08-11 09:00", True),
        ("08-12 10:00", True),
        ("08-12 10:00:00.000001", False),
    ],
)
def test_a_delivery_confirms_for_24_hours_and_may_be_logged_up_to_an_hour_later(
    time: str, confirms: bool, tmp_path: Path
) -> None:
    events = [{**CLAIM, "occurred_at": at("08-12 09:00")}, delivery(time=time)]
    assert (seed(tmp_path, events=events).run("unconfirmed_browser_reports") == []) is confirms


def test_a_delivery_before_the_window_confirms_a_report_in_it(tmp_path: Path) -> None:
    events = [{**CLAIM, "occurred_at": at("07-01 00:05")}, delivery(time="06-30 23:55")]
    assert seed(tmp_path, events=events).run("unconfirmed_browser_reports") == []


def test_rows_that_lost_their_account_together_confirm_each_other(tmp_path: Path) -> None:
    nobody = {"user_id": None, "username": "unattributed", "attributed": False}
    assert seed(tmp_path, events=[{**CLAIM, **nobody}, delivery(nobody)]).run("unconfirmed_browser_reports") == []


def test_reports_of_something_else_than_a_dashboard_shown_are_left_out(tmp_path: Path) -> None:
    events = [{**CLAIM, "verb": "render"}, {**CLAIM, "object_type": "chart"}, {**CLAIM, "kind": "export"}]
    assert seed(tmp_path, events=events).run("unconfirmed_browser_reports") == []


def test_reports_and_deliveries_are_missed_each_for_itself(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"browser_reports": [], "dashboard_views": [("08-12", "10-02")]})
    gaps = {"browser_reports": [("07-01", "10-01")], "dashboard_views": [("07-01", "08-12")]}
    assert missing(seeded.evidence("unconfirmed_browser_reports")) == gaps
