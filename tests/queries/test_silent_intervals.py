from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from .seed import Row, at, refs, seed

WEEK = ("08-10", "08-11", "08-12", "08-13", "08-14")


def hour(day: str, number: int, **columns: object) -> Row:
    since = at(f"{day} {number:02}:00")
    times = {"hour_since": since, "hour_until": since + timedelta(hours=1), "local_date": since.date()}
    return {**times, "local_hour": number, "business_day": True, "log_rows": 1, **columns}


def office(silent: Collection[tuple[str, int]] = ()) -> list[Row]:
    """Return the hours 7 to 18 of a week; from 8 to 17 each has rows, but not those that are silent."""
    return [
        hour(day, number, log_rows=int(8 <= number < 18 and (day, number) not in silent))
        for day in WEEK
        for number in range(7, 19)
    ]


def rows_at(*times: str, **columns: object) -> list[Row]:
    return [{"id": number, "occurred_at": at(time), **columns} for number, time in enumerate(times, start=1)]


def test_a_stretch_that_covers_an_hour_of_usual_time_is_shown(tmp_path: Path) -> None:
    times = rows_at("08-12 09:40", "08-12 11:10")
    seeded = seed(tmp_path, hours=office({("08-12", 10)}), log_rows=times, context={"cut_off": at("08-12 11:50")})
    (row,) = seeded.run("silent_intervals")
    assert row == {
        "silent_since": at("08-12 09:40"),
        "silent_until": at("08-12 11:10"),
        "missing": "row",
        "minutes": 90,
        "usual_minutes": 90,
        "last_ref": "logs:1",
        "next_ref": "logs:2",
        "flagged": True,
    }


@pytest.mark.parametrize(
    ("until", "found"), [("08-12 10:39:59", 0), ("08-12 10:40", 1)], ids=["a second less", "an hour"]
)
def test_the_threshold_is_an_hour_of_usual_time(until: str, found: int, tmp_path: Path) -> None:
    times = rows_at("08-12 09:40", until)
    seeded = seed(tmp_path, hours=office({("08-12", 10)}), log_rows=times, context={"cut_off": at("08-12 10:45")})
    assert len(seeded.run("silent_intervals")) == found


def test_nights_do_not_count_but_the_usual_hours_at_their_edges_do(tmp_path: Path) -> None:
    def night(last: str) -> list[dict[str, Any]]:
        rows = rows_at(last, "08-12 08:20")
        seeded = seed(tmp_path, hours=office(), log_rows=rows, context={"cut_off": at("08-12 08:30")})
        return seeded.run("silent_intervals")

    assert night("08-11 17:21") == []  # 39 minutes until 18:00 and 20 from 08:00 on
    (row,) = night("08-11 17:20")
    assert (row["minutes"], row["usual_minutes"]) == (900, 60)


def test_an_hour_is_usual_when_it_has_rows_on_four_of_five_days(tmp_path: Path) -> None:
    def found(silent: set[tuple[str, int]], **parameters: int) -> int:
        times = rows_at("08-12 09:59", "08-12 11:00")
        seeded = seed(tmp_path, hours=office(silent), log_rows=times, context={"cut_off": at("08-12 11:05")})
        return len(seeded.run("silent_intervals", **parameters))

    assert found({("08-12", 10)}) == 1
    assert found({("08-12", 10), ("08-13", 10)}) == 0
    assert found({("08-12", 10), ("08-13", 10)}, usual=60) == 1


def test_days_wholly_without_rows_do_not_make_an_hour_unusual(tmp_path: Path) -> None:
    holidays = ("08-17", "08-18", "08-19")
    hours = [*office({("08-12", 10)}), *(hour(day, number, log_rows=0) for day in holidays for number in range(7, 19))]
    times = rows_at("08-12 09:59", "08-12 11:00")
    seeded = seed(tmp_path, hours=hours, log_rows=times, context={"cut_off": at("08-12 11:05")})
    assert len(seeded.run("silent_intervals")) == 1


def test_other_days_have_a_rhythm_of_their_own(tmp_path: Path) -> None:
    saturday = [hour("08-15", number, business_day=False, log_rows=int(number == 7)) for number in range(7, 19)]
    times = rows_at("08-15 07:30", "08-15 13:00")
    seeded = seed(tmp_path, hours=office() + saturday, log_rows=times, context={"cut_off": at("08-15 13:01")})
    assert seeded.run("silent_intervals") == []


def test_a_silence_up_to_the_cut_off_is_seen_and_has_no_row_after(tmp_path: Path) -> None:
    times = rows_at("08-12 09:40")
    seeded = seed(tmp_path, hours=office(), log_rows=times, context={"cut_off": at("08-12 11:00")})
    (row,) = seeded.run("silent_intervals")
    assert (row["silent_until"], row["minutes"], row["next_ref"]) == (at("08-12 11:00"), 80, None)


def test_a_quarter_of_an_hour_without_a_heartbeat_is_shown_at_any_time(tmp_path: Path) -> None:
    beats = rows_at("08-15 02:00", "08-15 02:05", "08-15 02:19", "08-15 02:34", kind="heartbeat")
    seeded = seed(tmp_path, log_rows=beats, context={"cut_off": at("08-15 02:40")})
    shown = [(row["silent_since"], row["missing"], row["minutes"]) for row in seeded.run("silent_intervals")]
    assert shown == [(at("08-15 02:19"), "heartbeat", 15)]
    assert len(seeded.run("silent_intervals", heartbeat_minutes=14)) == 2


def test_heartbeats_are_rows_too(tmp_path: Path) -> None:
    marks = [*rows_at("08-12 09:40", "08-12 11:30"), {"id": 3, "occurred_at": at("08-12 10:35"), "kind": "heartbeat"}]
    seeded = seed(tmp_path, hours=office(), log_rows=marks, context={"cut_off": at("08-12 10:36")})
    assert "row" not in refs(seeded.run("silent_intervals"), "missing")


def test_only_the_part_in_the_window_counts(tmp_path: Path) -> None:
    days = ("06-29", "06-30", "07-01", "07-02", "07-03")
    evening = [hour(day, number) for day in days for number in range(0, 24)]

    def found(last: str, after: str) -> int:
        times = rows_at(last, after)
        return len(
            seed(tmp_path, hours=evening, log_rows=times, context={"cut_off": at(after)}).run("silent_intervals")
        )

    assert found("06-30 20:00", "07-01 00:59") == 0
    assert found("06-30 20:00", "07-01 01:00") == 1
    assert found("06-30 20:00", "07-01") == 0


def test_the_hours_of_the_window_are_what_was_looked_at(tmp_path: Path) -> None:
    hours = [hour("06-30", 23), hour("07-01", 0), hour("09-30", 23), hour("10-01", 0)]
    assert seed(tmp_path, hours=hours).evidence("silent_intervals").population == 2


def test_where_no_hour_is_usual_only_those_in_which_heartbeats_are_due_are_judged(tmp_path: Path) -> None:
    # Each day has rows in another of the hours from 8 to 12: none of these is usual.
    hours = [hour(day, 8 + n, log_rows=int(n == WEEK.index(day))) for day in WEEK for n in range(5)]
    assert seed(tmp_path, hours=hours).evidence("silent_intervals").population == 0
    # Heartbeats since half past ten on Wednesday: three of its hours, and five of Thursday and of Friday.
    beats = rows_at("08-12 10:30", kind="heartbeat")
    assert seed(tmp_path, hours=hours, log_rows=beats).evidence("silent_intervals").population == 13
