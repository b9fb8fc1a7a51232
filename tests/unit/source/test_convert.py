"""Values become what their column declares, or say why not; nothing is dropped and nothing guessed."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.source.convert import read_time, to_batch
from auditctl.source.tables import Stored, TableSpec

LOG = TableSpec("logs", {"id": Stored.INTEGER, "json": Stored.TEXT, "dttm": Stored.UTC}, "id", "dttm", ())
GOOD_TIME = "2026-11-24 01:52:09.940012"


def converted(stored: Stored, *values: Any) -> list[tuple[Any, str | None]]:
    """Return each value of a column as it was read, with what was wrong."""
    spec = TableSpec("t", {"x": stored}, None, None, ())
    batch = to_batch(spec, ("x",), [(value,) for value in values])
    return list(zip(batch["x"].to_pylist(), batch["unreadable"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("stored", "value", "expected"),
    [
        (Stored.INTEGER, 7, 7),
        (Stored.INTEGER, -(2**63), -(2**63)),
        (Stored.INTEGER, 7.0, 7),
        (Stored.INTEGER, "7", 7),
        (Stored.BOOLEAN, 1, True),
        (Stored.BOOLEAN, 0, False),
        (Stored.BOOLEAN, "T", True),
        (Stored.BOOLEAN, "false", False),
        (Stored.BOOLEAN, b"\x01", True),
        (Stored.BOOLEAN, b"\x00", False),
        (Stored.NUMBER, 12.5, 12.5),
        (Stored.NUMBER, 12, 12.0),
        (Stored.NUMBER, "12.5", 12.5),
        (Stored.TEXT, "Zoë\x00\u202e", "Zoë\x00\u202e"),
        (Stored.TEXT, 42, "42"),
        (Stored.TEXT, "", ""),
        (Stored.UTC, GOOD_TIME, datetime.fromisoformat(GOOD_TIME)),
        (Stored.UTC, "2026-11-24 01:52:09", datetime.fromisoformat("2026-11-24 01:52:09")),
        (Stored.UTC, "2026-11-24T01:52:09.5", datetime.fromisoformat("2026-11-24 01:52:09.500")),
        (Stored.UTC, "2026-11-24 01:52:09+02:00", datetime.fromisoformat("2026-11-23 23:52:09")),
        (Stored.UTC, "2028-02-29 00:00:00", datetime.fromisoformat("2028-02-29")),
        (Stored.LOCAL, "2026-11-01 01:30:00", datetime.fromisoformat("2026-11-01 01:30:00")),
        (Stored.EPOCH_MS, 1795485377572.365, datetime.fromisoformat("2026-11-24 01:56:17.572365")),
        (Stored.EPOCH_MS, 0, datetime.fromisoformat("1970-01-01")),
        (Stored.EPOCH_MS, "1795485377572.365", datetime.fromisoformat("2026-11-24 01:56:17.572365")),
    ],
)
def test_a_good_value_is_read(stored: Stored, value: object, expected: object) -> None:
    assert converted(stored, value) == [(expected, None)]


@pytest.mark.parametrize("stored", list(Stored))
def test_nothing_stays_nothing(stored: Stored) -> None:
    assert converted(stored, None, None) == [(None, None), (None, None)]


@pytest.mark.parametrize(
    ("stored", "value", "reason"),
    [
        (Stored.INTEGER, 1.5, "x: not a whole number"),
        (Stored.INTEGER, math.inf, "x: not a whole number"),
        (Stored.INTEGER, "hunter2", "x: not a whole number"),
        (Stored.INTEGER, b"7", "x: not a whole number"),
        (Stored.INTEGER, 2**63, "x: a number beyond 64 bits"),
        (Stored.INTEGER, 1e20, "x: a number beyond 64 bits"),
        (Stored.BOOLEAN, 2, "x: neither true nor false"),
        (Stored.BOOLEAN, "yes", "x: neither true nor false"),
        (Stored.NUMBER, "soon", "x: not a number"),
        (Stored.NUMBER, math.nan, "x: not a number"),
        (Stored.NUMBER, True, "x: not a number"),
        (Stored.UTC, "2026-02-29 00:00:00", "x: not a date and time"),
        (Stored.UTC, "2026-11-24 25:00:00", "x: not a date and time"),
        (Stored.UTC, "yesterday", "x: not a date and time"),
        (Stored.UTC, "", "x: not a date and time"),
        (Stored.UTC, 1795485377, "x: not a date and time"),
        (Stored.UTC, b"2026-11-24 01:52:09", "x: not a date and time"),
        (Stored.EPOCH_MS, "soon", "x: not milliseconds since 1970"),
        (Stored.EPOCH_MS, 1e300, "x: not milliseconds since 1970"),
        (Stored.EPOCH_MS, math.inf, "x: not milliseconds since 1970"),
    ],
)
def test_a_bad_value_is_null_with_its_reason(stored: Stored, value: object, reason: str) -> None:
    assert converted(stored, value) == [(None, reason)]


def test_text_that_is_no_text_is_kept_as_far_as_it_can_be_shown() -> None:
    # SQLite's bytes come with the undecodable ones as surrogates.
    broken = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert converted(Stored.TEXT, broken, b"caf\xe9", b"plain") == [
        ("caf\\xe9", "x: not valid UTF-8"),
        ("caf\\xe9", "x: bytes where text should be"),
        ("plain", "x: bytes where text should be"),
    ]


def test_a_bad_value_leaves_the_others_of_its_column_alone() -> None:
    assert converted(Stored.INTEGER, 1, "two", 3) == [(1, None), (None, "x: not a whole number"), (3, None)]


def test_a_row_without_its_time_is_unreadable() -> None:
    batch = to_batch(LOG, ("id", "json", "dttm"), [(1, "{}", GOOD_TIME), (2, "{}", None)])
    assert batch["unreadable"].to_pylist() == [None, "dttm: no time"]


def test_every_row_is_unreadable_where_the_source_has_no_time_at_all() -> None:
    batch = to_batch(LOG, ("id", "json"), [(1, "{}"), (2, "{}")])
    assert batch["unreadable"].to_pylist() == ["dttm: no time", "dttm: no time"]


def test_a_row_names_everything_that_is_wrong_with_it() -> None:
    batch = to_batch(LOG, ("id", "json", "dttm"), [("x", b"{}", "never")])
    assert batch["unreadable"].to_pylist() == [
        "id: not a whole number; json: bytes where text should be; dttm: not a date and time"
    ]


def test_a_column_that_the_source_does_not_have_is_null() -> None:
    batch = to_batch(LOG, ("id", "dttm"), [(1, GOOD_TIME)])
    assert batch.schema == LOG.schema()
    assert batch["json"].to_pylist() == [None]
    assert batch["unreadable"].to_pylist() == [None]


def test_no_rows_are_an_empty_batch_of_the_same_schema() -> None:
    batch = to_batch(LOG, ("id", "json", "dttm"), [])
    assert (batch.num_rows, batch.schema) == (0, LOG.schema())


def test_a_value_that_is_no_time_reads_as_none() -> None:
    assert [read_time(value) for value in (None, "", "2026-13-45 00:00:00", 5)] == [None] * 4
    assert read_time("2026-11-24") == datetime.fromisoformat("2026-11-24")


VALUES = st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.booleans()


@given(st.sampled_from(list(Stored)), st.lists(VALUES, max_size=5))
def test_whatever_is_stored_each_row_is_kept_and_read_or_explained(stored: Stored, values: list[object]) -> None:
    read = converted(stored, *values)
    assert len(read) == len(values)
    for value, (result, reason) in zip(values, read, strict=True):
        assert (result is None) == (value is None or (reason is not None and stored is not Stored.TEXT))
        assert value is not None or reason is None


@given(st.sampled_from([Stored.INTEGER, Stored.TEXT, Stored.UTC]), VALUES, VALUES)
def test_a_value_is_read_alike_whatever_stands_beside_it(stored: Stored, value: object, other: object) -> None:
    assert converted(stored, value)[0] == converted(stored, value, other)[0]
