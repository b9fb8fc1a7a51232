"""A first row of long ago does not show that what came after it was kept."""

from __future__ import annotations

from datetime import date

import pytest

from auditctl.doctor.model import Months

from .made import Made, Row, codes

BEAT = "RecorderHeartbeat"


def month(year: int, number: int) -> date:
    return date(year, number, 1)


# Of the twelve that are over on 2026-11-24.
OVER = (month(2025, 11), month(2025, 12), *(month(2026, number) for number in range(1, 11)))


def rows(*times: str, action: str | None = "welcome") -> list[Row]:
    """Return a row at each time, with its day as its id: ids are in order of time however lists are mixed."""
    return [(int(time[:10].replace("-", "")), action, time, None) for time in times]


def found(made: Made, made_rows: list[Row]) -> Months:
    made.log(made_rows)
    return made.examine().retention.months


def test_a_log_with_a_row_in_each_month_has_none_that_is_empty(made: Made) -> None:
    each = [f"{one:%Y-%m}-28 09:00:00" for one in OVER]
    assert found(made, rows("2025-05-01 08:00:00", *each, "2026-11-24 09:00:00")) == Months(OVER, (), ())
    assert "retention_short" not in codes(made.examine())


def test_what_was_removed_between_the_first_rows_and_the_last_is_found(made: Made) -> None:
    kept = rows("2025-05-01 08:00:00", "2025-05-31 23:59:59", "2026-11-20 00:00:00", "2026-11-24 09:00:00")
    assert found(made, kept) == Months(OVER, OVER, ())
    (said,) = (one for one in made.examine().findings if one.code == "retention_short")
    assert "There is no row at all in 2025-11 to 2026-10." in said.sentence
    assert "Find out why months have no row" in said.remedy


@pytest.mark.parametrize("time", ["2026-03-01 00:00:00", "2026-03-31 23:59:59.999999"])
def test_a_month_goes_from_its_first_moment_to_its_last(made: Made, time: str) -> None:
    others = [f"{one:%Y-%m}-15 09:00:00" for one in OVER if one != month(2026, 3)]
    assert found(made, rows(*others, "2026-11-24 09:00:00")).empty == (month(2026, 3),)
    made.log(rows(time))
    assert made.examine().retention.months.empty == ()


def test_months_before_the_first_row_and_the_present_one_are_not_looked_at(made: Made) -> None:
    assert found(made, rows("2026-08-31 08:00:00", "2026-10-01 08:00:00")) == Months(
        (month(2026, 8), month(2026, 9), month(2026, 10)), (month(2026, 9),), ()
    )


def test_heartbeats_alone_are_no_month_that_was_kept(made: Made) -> None:
    acts = rows("2026-08-01 08:00:00", "2026-11-24 09:00:00")
    beats = rows("2026-09-01 08:00:00", "2026-10-01 08:00:00", action=BEAT)
    assert found(made, [*acts, *beats]).silent == (month(2026, 9), month(2026, 10))
    made.log([*rows("2026-09-02 08:00:00", action=None), *rows("2026-10-02 08:00:00", action="recorderheartbeat")])
    assert made.examine().retention.months == Months((month(2026, 8), month(2026, 9), month(2026, 10)), (), ())
