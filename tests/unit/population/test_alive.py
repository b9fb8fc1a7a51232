"""A log that had stopped held nothing, whatever its first row is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.population.capabilities import Declared, Span, alive_spans, find_capabilities, month_spans
from auditctl.population.model import Capability, Held
from auditctl.source.interface import MonthRows

FOUR_DAYS = timedelta(days=4)
VIEWS = load_catalogue().capabilities["dashboard_views"]
SIGN_INS = load_catalogue().capabilities["sign_in_failures"]


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=UTC)


def day(number: int) -> Span:
    return at(number, 8), at(number, 18)


@pytest.mark.parametrize(
    ("days", "present", "spans"),
    [
        ([], at(30), []),
        ([day(1)], at(2), [(at(1, 8), at(2))]),
        ([day(1)], at(9), [day(1)]),  # silent since: it may have stopped
        ([day(1), day(5)], at(6), [(at(1, 8), at(6))]),  # a long weekend: 3 days and 14 hours
        ([day(1), day(6)], at(7), [day(1), (at(6, 8), at(7))]),  # 4 days and 14 hours
        ([day(1), (at(5, 18), at(5, 19))], at(6), [(at(1, 8), at(6))]),  # exactly 4 days
    ],
)
def test_a_silence_that_is_too_long_ends_a_stretch(days: list[Span], present: datetime, spans: list[Span]) -> None:
    assert alive_spans(days, present, FOUR_DAYS) == spans


def month(number: int, first: int, last: int) -> MonthRows:
    return MonthRows(9, datetime(2026, number, first, tzinfo=UTC), datetime(2026, number, last, tzinfo=UTC))


def days_of(spans: list[Span]) -> list[tuple[str, str]]:
    return [(f"{first:%m-%d}", f"{last:%m-%d}") for first, last in spans]


@pytest.mark.parametrize(
    ("months", "present", "silence", "spans"),
    [
        ([], (9, 1), 4, []),
        ([month(7, 1, 2)], (8, 31), 4, [("07-01", "08-31")]),  # no whole month is empty yet
        ([month(7, 1, 2)], (9, 1), 4, [("07-01", "07-02")]),
        ([month(7, 1, 2)], (9, 1), 61, [("07-01", "09-01")]),  # 61 days since: quiet, as declared
        ([month(1, 2, 2), month(7, 3, 30), month(8, 29, 30)], (9, 15), 4, [("01-02", "01-02"), ("07-03", "09-15")]),
    ],
)
def test_a_month_without_a_row_ends_a_stretch_of_a_table(
    months: list[MonthRows], present: tuple[int, int], silence: int, spans: list[tuple[str, str]]
) -> None:
    now = datetime(2026, *present, tzinfo=UTC)
    assert days_of(month_spans(months, now, timedelta(days=silence))) == spans


def found(alive: list[Span] | None) -> Capability:
    seen = {"DashboardRestApi.get": at(1, 9)}
    nothing = Declared(frozenset(), None)
    return find_capabilities([VIEWS], seen, {}, ["logs"], {}, nothing, at(30), at(30), alive)["dashboard_views"]


def test_a_family_is_held_only_while_the_log_has_rows_of_any_kind() -> None:
    capability = found([day(1), (at(10, 8), at(30))])
    assert [(span.since, span.until) for span in capability.held] == [
        (at(1, 9), at(1, 18) + timedelta(microseconds=1)),
        (at(10, 8), at(30)),
    ]
    assert capability.over(at(1, 9), at(30)).answer == "partial"
    assert capability.over(at(3), at(9)).answer == "no"
    assert "had stopped" in capability.reason


def test_without_a_silence_nothing_changes() -> None:
    assert found([(at(1, 8), at(30))]) == found(None)
    assert found(None).held == (Held(at(1, 9), at(30), "server", "from the first row of its family"),)


def test_what_management_asserts_of_a_file_needs_no_log() -> None:
    cover = Held(at(2), at(20), "file", "management asserts that the sign-in file covers it")
    given = Declared(frozenset({"sign_in_log_file"}), cover)
    capabilities = find_capabilities([SIGN_INS], {}, {}, ["logs"], {}, given, at(30), at(30), [day(1)])
    assert capabilities["sign_in_failures"].held == (cover,)


def test_the_last_row_of_a_family_is_known_where_the_log_was_looked_at() -> None:
    seen, lasts = {"dashboard": at(1)}, {"dashboard": at(8), "DashboardRestApi.get": at(9), "log": at(11)}
    found = find_capabilities([VIEWS], seen, {}, ["logs"], {}, Declared(frozenset(), None), at(30), at(30), lasts=lasts)
    assert found["dashboard_views"].last_row == at(9)
