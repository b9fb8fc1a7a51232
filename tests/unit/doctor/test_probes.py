"""Bounded questions to a log with gaps, rows without a time, and times out of order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditctl.source.probes import Slice, count_actions, count_rows, heartbeats, key_since
from auditctl.source.tables import table_specs

from .made import Made, Row

LOGS = table_specs()["logs"]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "ids"),
    [
        (at(7), {1, 2, 1000, 1001, 5_000_000}),
        (at(8), {2, 1000, 1001, 5_000_000}),  # row 1 is of 7:59
        (at(9), {1000, 1001, 5_000_000}),  # row 1000 has no time, and counts with the next that has
        (at(9, 30), {1000, 1001, 5_000_000}),
        (at(9, 31), {5_000_000}),
        (at(11), set()),  # after the last row
    ],
)
def test_the_rows_since_a_moment_are_found_across_gaps(made: Made, moment: datetime, ids: set[int]) -> None:
    made.log(
        [
            (1, "a", "2026-11-24 07:59:00.000000", None),
            (2, "a", "2026-11-24 08:00:00.000000", None),
            (1000, "a", None, None),
            (1001, "a", "2026-11-24 09:30:00.000000", None),
            (5_000_000, "a", "2026-11-24 10:00:00.000000", None),
        ]
    )
    source = made.open()
    found = key_since(source, LOGS, moment, 1, 5_000_000)
    source.close()
    assert {key for key in (1, 2, 1000, 1001, 5_000_000) if key >= found} == ids


def test_a_slice_is_the_first_or_the_last_rows_by_id(made: Made) -> None:
    rows: list[Row] = [(n * 10, f"a{n}", f"2026-11-24 0{n}:00:00.000000", None) for n in range(1, 6)]
    made.log(rows)
    source = made.open()
    assert [one.action for one in count_actions(source, Slice(2, newest=False))] == ["a1", "a2"]
    assert [one.action for one in count_actions(source, Slice(2))] == ["a4", "a5"]
    assert len(count_actions(source, Slice())) == 5
    source.close()


def test_actions_come_with_their_number_and_their_first_and_last_time(made: Made) -> None:
    made.log(
        [
            (1, "b", "2026-11-24 03:00:00.000000", None),
            (2, "a", "2026-11-24 02:00:00.000000", None),
            (3, "a", "2026-11-24 01:00:00.000000", None),
            (4, "a", "no time", None),
            (5, None, None, None),
        ]
    )
    source = made.open()
    found = [(one.action, one.rows, one.first_at, one.last_at) for one in count_actions(source, Slice(100))]
    source.close()
    assert found == [("a", 3, at(1), at(2)), (None, 1, None, None), ("b", 1, at(3), at(3))]


def test_counting_stops_where_it_is_told_to(made: Made) -> None:
    made.log([(n, "a", None, None) for n in (1, 2, 5, 9)])
    source = made.open()
    found = [
        count_rows(source, LOGS, most=None),
        count_rows(source, LOGS, most=3),
        count_rows(source, LOGS, since_key=2, most=None),
        count_rows(source, LOGS, since_key=6, most=3),
    ]
    source.close()
    assert found == [4, 3, 3, 1]


def test_heartbeats_name_kinds_and_a_broken_one_names_none(made: Made) -> None:
    made.log(
        [
            (1, "RecorderHeartbeat", "2026-11-24 01:00:00.000000", '{"kinds": ["sign_in", "user"]}'),
            (2, "RecorderHeartbeat", "2026-11-24 01:05:00.000000", '{"kinds": "sign_in"}'),
            (3, "RecorderHeartbeat", "2026-11-24 01:10:00.000000", "[1]"),
            (4, "RecorderHeartbeat", "2026-11-24 01:15:00.000000", "{"),
            (5, "RecorderHeartbeat", None, '{"kinds": ["sign_in"]}'),
            (6, "welcome", "2026-11-24 01:20:00.000000", '{"kinds": ["sign_in"]}'),
        ]
    )
    source = made.open()
    found = list(heartbeats(source, Slice(100)))
    source.close()
    assert found == [("sign_in", at(1)), ("user", at(1))]
