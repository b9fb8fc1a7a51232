from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from .seed import Row, at, cells, missing, refs, rows_of, seed

IN_SERVICE = date(2024, 3, 1)
REACHES = "reaches back 12 months or more"


def table(first: datetime | None, name: str = "logs") -> Row:
    return {"table_name": name, "rows": 5, "undated": 0, "first_at": first, "last_at": at("09-30 12:00")}


def judge(folder: Path, *tables: Row, since: date | None = IN_SERVICE, **parameters: Any) -> list[dict[str, Any]]:
    seeded = seed(folder, table_spans=tables, context={"in_service_since": since})
    return seeded.run("retention", **parameters)


@pytest.mark.parametrize(
    ("first", "since", "reading", "flagged"),
    [
        # The run took 2026-10-02 06:00 for the present: 12 months before it is 2025-10-02 06:00.
        (datetime(2025, 10, 2, 6), IN_SERVICE, REACHES, False),  # noqa: DTZ001 - relations are naive
        (datetime(2025, 10, 2, 6, 0, 1), IN_SERVICE, "does not reach back 12 months", True),  # noqa: DTZ001
        (datetime(2025, 10, 2, 6), None, REACHES, False),  # noqa: DTZ001
        (at("05-01 08:00"), None, "cannot be told: whether Superset is newer, or rows before were removed", False),
        (at("05-01 08:00"), date(2026, 5, 1), "reaches back to when Superset went into service", False),
        (at("05-01 08:00"), date(2026, 4, 30), "does not reach back 12 months", True),
        (None, IN_SERVICE, "the table holds no row with a time", False),
    ],
)
def test_a_table_is_flagged_where_it_is_known_to_have_been_there_before_its_first_row(
    first: datetime | None, since: date | None, reading: str, flagged: bool, tmp_path: Path
) -> None:
    (row,) = judge(tmp_path, table(first), since=since)
    assert (row["reading"], row["flagged"]) == (reading, flagged)


def test_how_many_months_are_asked_for_can_be_set(tmp_path: Path) -> None:
    tables = [table(at("05-01 08:00"))]
    assert [row["flagged"] for row in judge(tmp_path, *tables, months=5)] == [False]
    assert [row["flagged"] for row in judge(tmp_path, *tables, months=6)] == [True]


@pytest.mark.parametrize(
    ("first", "since", "days"),
    [
        (at("06-30 23:00"), IN_SERVICE, 0),
        (at("07-01 23:59:59"), IN_SERVICE, 0),
        (at("07-11 08:00"), IN_SERVICE, 10),
        (at("07-11 08:00"), None, 10),
        # In service since a day of the window: what lies before is not expected.
        (at("07-11 08:00"), date(2026, 7, 4), 7),
        (at("07-11 08:00"), date(2026, 7, 12), 0),
        # After the window, or never: the 92 days of the quarter.
        (at("10-01 12:00"), IN_SERVICE, 92),
        (None, IN_SERVICE, 92),
    ],
)
def test_whole_days_of_the_window_before_the_first_row_are_counted(
    first: datetime | None, since: date | None, days: int, tmp_path: Path
) -> None:
    assert [row["days_before"] for row in judge(tmp_path, table(first), since=since)] == [days]


def test_each_table_is_a_row_and_what_is_missing_is_said_in_words(tmp_path: Path) -> None:
    rows = judge(tmp_path, table(at("07-11 08:00"), "report_execution_log"), table(at("07-01"), "query"))
    assert refs(rows, "table_name") == ("query", "report_execution_log")
    assert rows[1] == cells(
        table_name="report_execution_log",
        rows=5,
        undated=0,
        first_at=at("07-11 08:00"),
        last_at=at("09-30 12:00"),
        empty_months=0,
        empty_spans=None,
        days_before=10,
        reading="does not reach back 12 months",
        flag_reason="rows from 2024-03-01, when Superset went into service, to 2026-07-11 were removed or never"
        " written",
        flagged=True,
    )


def test_a_window_that_is_not_over_is_counted_up_to_the_present(tmp_path: Path) -> None:
    context = {"in_service_since": IN_SERVICE, "cut_off": at("07-05")}
    evidence = seed(tmp_path, table_spans=[table(None)], context=context).evidence("retention")
    assert evidence.population == 0
    (row,) = rows_of(evidence)
    assert row["days_before"] == 4


def test_where_nobody_said_since_when_superset_is_in_service_nothing_is_evidenced(tmp_path: Path) -> None:
    seeded = seed(tmp_path, table_spans=[table(at("05-01"))], held={"in_service_since": []})
    evidence = seeded.evidence("retention")
    assert missing(evidence) == {"in_service_since": [("07-01", "10-01")]}
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 0, 1)


def months(*first_days: str, table_name: str = "logs") -> list[Row]:
    return [cells(table_name=table_name, month=date.fromisoformat(f"{day}-01"), rows=1) for day in first_days]


def test_months_without_a_row_after_a_lone_early_row_are_listed_and_flagged(tmp_path: Path) -> None:
    # One row of 2025-06, then nothing until 2026-05: 10 months; and 2026-08. The 12 months asked for begin on
    # 2025-10-02: 7 of the 10 are among them (2025-10 to 2026-04), and 2026-08.
    kept = months("2025-06", "2026-05", "2026-06", "2026-07", "2026-09")
    first = datetime(2025, 6, 3)  # noqa: DTZ001
    seeded = seed(
        tmp_path, table_spans=[table(first)], table_months=kept, context={"in_service_since": date(2025, 6, 3)}
    )
    (row,) = seeded.run("retention")
    assert (row["empty_months"], row["empty_spans"]) == (11, "2025-07 to 2026-04, 2026-08")
    assert row["reading"] == "reaches back 12 months or more, but has no row in 11 months since"
    assert row["flag_reason"] == (
        "no row in 8 months of those asked for, after the first row: removed or never written"
    )
    (lately,) = seeded.run("retention", months=1)
    assert lately["flag_reason"] is None  # from 2026-09-02 on
    (lately,) = seeded.run("retention", months=2)
    assert lately["flag_reason"] == (
        "no row in 1 month of those asked for, after the first row: removed or never written"
    )


def test_a_table_that_begins_late_and_has_a_gap_is_flagged_for_both(tmp_path: Path) -> None:
    context = {"in_service_since": IN_SERVICE}
    kept = months("2026-05", "2026-07")
    (row,) = seed(tmp_path, table_spans=[table(at("05-01"))], table_months=kept, context=context).run("retention")
    assert row["flag_reason"] == (
        "rows from 2024-03-01, when Superset went into service, to 2026-05-01 were removed or never written; no row in"
        " 1 month of those asked for, after the first row: removed or never written"
    )
    assert row["reading"] == "does not reach back 12 months, but has no row in a month since"


def test_months_of_one_table_do_not_fill_those_of_another(tmp_path: Path) -> None:
    early = datetime(2025, 1, 1)  # noqa: DTZ001
    kept = [*months("2026-05", "2026-07"), *months("2026-06", table_name="query")]
    rows = judge_months(tmp_path, [table(early), table(early, "query")], kept)
    assert [row["empty_spans"] for row in rows] == ["2026-06", None]


def judge_months(folder: Path, tables: list[Row], kept: list[Row]) -> list[dict[str, Any]]:
    context = {"in_service_since": IN_SERVICE}
    return seed(folder, table_spans=tables, table_months=kept, context=context).run("retention")


def test_an_empty_table_is_flagged(tmp_path: Path) -> None:
    empty = {**table(None, "query"), "rows": 0, "last_at": None}
    (row,) = judge(tmp_path, empty)
    assert (row["reading"], row["flag_reason"]) == ("the table is empty: pruned or never used",) * 2
