from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from .seed import Row, at, missing, rows_of, seed

EXPORT: Row = {"kind": "export", "route": "chart CSV"}


def exports(number: int, **columns: object) -> list[Row]:
    return [{**EXPORT, **columns} for _ in range(number)]


@pytest.mark.parametrize(("number", "items"), [(20, 0), (21, 1)])
def test_more_than_twenty_exports_of_an_account_in_a_day_are_an_item(number: int, items: int, tmp_path: Path) -> None:
    evidence = seed(tmp_path, events=[*exports(number), {"kind": "view"}]).evidence("bulk_exports")
    assert (evidence.rows, evidence.flagged, evidence.population) == (items, items, 1)


def test_how_many_are_too_many_can_be_set(tmp_path: Path) -> None:
    seeded = seed(tmp_path, events=exports(3))
    assert [len(seeded.run("bulk_exports", threshold=threshold)) for threshold in (2, 3)] == [1, 0]


def test_each_account_and_each_day_of_the_report_is_counted_for_itself(tmp_path: Path) -> None:
    events = [
        *exports(3, username="bob"),
        *exports(2, username="alice"),
        # By its day in the zone of the report, not by that of UTC.
        *exports(2, username="alice", occurred_at=at("08-12 23:30"), local_date=date(2026, 8, 13)),
    ]
    rows = seed(tmp_path, events=events).run("bulk_exports", threshold=1)
    assert [(row["local_date"], row["username"], row["exports"]) for row in rows] == [
        (date(2026, 8, 12), "alice", 2),
        (date(2026, 8, 12), "bob", 3),
        (date(2026, 8, 13), "alice", 2),
    ]


def test_what_browsers_report_is_counted_beside_and_never_added(tmp_path: Path) -> None:
    events = exports(2) + exports(2, reported_by="client", route="dashboard PDF")
    assert seed(tmp_path, events=events).run("bulk_exports", threshold=2) == []
    (row,) = seed(tmp_path, events=[*events, *exports(1, reported_by="client")]).run("bulk_exports", threshold=2)
    assert (row["exports"], row["browser_exports"]) == (2, 3)


def test_exports_that_are_known_to_have_failed_do_not_count(tmp_path: Path) -> None:
    outcomes = ("attempted", "failed", "refused", "succeeded", "unknown")
    (row,) = seed(tmp_path, events=[{**EXPORT, "event_outcome": outcome} for outcome in outcomes]).run(
        "bulk_exports", threshold=2
    )
    assert row["exports"] == 3


def test_an_item_tells_the_ways_out_and_the_first_and_last_time(tmp_path: Path) -> None:
    times = {"08-12 09:00": "chart CSV", "08-12 11:30": "SQL Lab CSV", "08-12 10:00": "chart CSV"}
    events = [{**EXPORT, "occurred_at": at(time), "route": route} for time, route in times.items()]
    evidence = seed(tmp_path, events=events).evidence("bulk_exports", threshold=1)
    assert rows_of(evidence) == [
        {
            "local_date": date(2026, 8, 12),
            "username": "alice",
            "exports": 3,
            "browser_exports": 0,
            "routes": "SQL Lab CSV, chart CSV",
            "first_at": at("08-12 09:00"),
            "last_at": at("08-12 11:30"),
            "flagged": True,
        }
    ]


def test_the_window_is_half_open(tmp_path: Path) -> None:
    times = ("06-30 23:59:59.999999", "07-01", "09-30 23:59:59.999999", "10-01")
    events = [{**EXPORT, "occurred_at": at(time)} for time in times]
    rows = seed(tmp_path, events=events).run("bulk_exports", threshold=0)
    assert [row["local_date"] for row in rows] == [date(2026, 7, 1), date(2026, 9, 30)]


def test_where_no_bodies_are_stored_exports_of_charts_are_missed(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"request_bodies": []})
    assert missing(seeded.evidence("bulk_exports")) == {"request_bodies": [("07-01", "10-01")]}
