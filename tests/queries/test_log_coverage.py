from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from .seed import Row, at, missing, refs, rows_of, seed

SILENT = {"log_rows": 0, "people": 0}


def day(text: str, **columns: object) -> Row:
    since = at(text)
    times = {"day": since.date(), "day_since": since, "day_until": since + timedelta(days=1)}
    return {**times, "weekday": since.isoweekday(), **columns}


def test_the_days_of_the_window_are_shown_in_order(tmp_path: Path) -> None:
    days = [day(text) for text in ("10-01", "09-30", "07-01", "06-30")]
    evidence = seed(tmp_path, days=days).evidence("log_coverage")
    assert refs(rows_of(evidence), "day") == (date(2026, 7, 1), date(2026, 9, 30))
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 2)


def test_a_business_day_without_a_row_is_an_exception(tmp_path: Path) -> None:
    wednesday = day("08-12", **SILENT)
    evidence = seed(tmp_path, days=[wednesday, day("08-13")]).evidence("log_coverage")
    shown = [(row["day"], row["log_rows"], row["flag_reason"], row["flagged"]) for row in rows_of(evidence)]
    assert shown == [
        (date(2026, 8, 12), 0, "a business day without a single row", True),
        (date(2026, 8, 13), 1, None, False),
    ]
    assert (evidence.flagged, evidence.population) == (1, 2)


@pytest.mark.parametrize(
    "reason",
    [{"log_rows": 1}, {"held": False}, {"ended": False}, {"weekday": 6}, {"weekday": 7}],
    ids=["a row", "before the log", "not over", "Saturday", "Sunday"],
)
def test_any_row_and_a_day_that_need_not_have_one_are_no_exception(reason: Row, tmp_path: Path) -> None:
    evidence = seed(tmp_path, days=[{**day("08-12", **SILENT), **reason}]).evidence("log_coverage")
    assert refs(rows_of(evidence), "flagged") == (False,)
    assert evidence.population == int("log_rows" in reason)


def test_business_days_are_those_that_were_declared(tmp_path: Path) -> None:
    days = [day("08-12", **SILENT), day("08-15", **SILENT)]
    seeded = seed(tmp_path, days=days, context={"business_days": "67"})
    assert refs(seeded.run("log_coverage"), "flagged") == (False, True)


def test_a_row_counts_what_the_day_holds(tmp_path: Path) -> None:
    counts = {"log_rows": 310, "heartbeats": 288, "people": 4, "unattributed": 3, "statements": 2, "held": True}
    (row,) = seed(tmp_path, days=[day("08-12", **counts)]).run("log_coverage")
    assert row == {**counts, "day": date(2026, 8, 12), "weekday": 3, "flag_reason": None, "flagged": False}


def test_a_log_that_begins_in_august_is_missing_before(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"log_rows": [("08-12", "10-02")]})
    assert missing(seeded.evidence("log_coverage")) == {"log_rows": [("07-01", "08-12")]}
