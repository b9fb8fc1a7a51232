"""What a test says of the user's files that it rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from auditctl.assess.inputs import age_notes, assertion_notes
from auditctl.assess.outcomes import judge
from auditctl.catalogue.model import Test as Procedure
from auditctl.population.model import Assertion, InputFile, Population
from tests.queries.seed import QUARTER, seed, shipped

LEAVERS = shipped().queries["leavers_active"]
IN_SEPTEMBER = datetime.fromisoformat("2026-09-20T12:00:00+00:00")


def given(population: Population, as_of: date | None, name: str = "leavers") -> Population:
    return replace(population, inputs=(InputFile(name, "hr.csv", "ab" * 32, 4, as_of=as_of),))


@pytest.mark.parametrize(
    ("as_of", "notes"),
    [
        (None, ("The leavers file says no as-of date.",)),
        (date(2026, 9, 1), ("The leavers file is as of 2026-09-01, 30 days before the period's end.",)),
        (date(2026, 9, 30), ("The leavers file is as of 2026-09-30, 1 day before the period's end.",)),
        (date(2026, 10, 1), ()),  # the quarter ends as this day begins
        (date(2026, 10, 2), ()),  # the day of the run
        (date(2026, 10, 3), ("The leavers file is as of 2026-10-03, a day that is still to come.",)),
    ],
)
def test_a_file_that_does_not_have_the_state_of_the_end_is_flagged(
    tmp_path: Path, as_of: date | None, notes: tuple[str, ...]
) -> None:
    assert age_notes(LEAVERS, given(seed(tmp_path).population, as_of)) == notes


def test_the_end_of_an_open_period_is_where_the_evidence_ends(tmp_path: Path) -> None:
    population = seed(tmp_path, now=IN_SEPTEMBER).population
    assert age_notes(LEAVERS, given(population, date(2026, 9, 20))) == ()
    assert age_notes(LEAVERS, given(population, date(2026, 9, 18))) == (
        "The leavers file is as of 2026-09-18, 2 days before the cut-off.",
    )


def test_days_are_those_of_the_reports_zone(tmp_path: Path) -> None:
    tokyo = replace(QUARTER, zone="Asia/Tokyo", until=datetime.fromisoformat("2026-09-30T15:00:00+00:00"))
    population = seed(tmp_path, period=tokyo).population
    assert age_notes(LEAVERS, given(population, date(2026, 10, 1))) == ()
    assert len(age_notes(LEAVERS, given(population, date(2026, 9, 30)))) == 1


def test_only_a_test_that_reads_the_file_says_so(tmp_path: Path) -> None:
    seeded = seed(tmp_path)
    population = given(seeded.population, None)
    notes = {
        query: judge(Procedure("t", "A procedure.", query), seeded.evidence(query), population).input_notes
        for query in ("leavers_active", "admins_not_approved")
    }
    assert notes == {"leavers_active": ("The leavers file says no as-of date.",), "admins_not_approved": ()}


def test_a_sign_in_file_says_what_it_covers_and_needs_no_day(tmp_path: Path) -> None:
    population = given(seed(tmp_path).population, None, "sign_in_log")
    assert age_notes(shipped().queries["failed_logins"], population) == ()


@pytest.mark.parametrize(
    ("stated_on", "notes"),
    [
        (date(2026, 6, 1), ("The assertion on scope chd is as of 2026-06-01, 122 days before the period's end.",)),
        (date(2026, 9, 30), ("The assertion on scope chd is as of 2026-09-30, 1 day before the period's end.",)),
        # The seeded clock stands at 2 October: from the end on, the whole period can be spoken of.
        (date(2026, 10, 1), ()),
        (date(2026, 10, 3), ("The assertion on scope chd is as of 2026-10-03, a day that is still to come.",)),
    ],
)
def test_an_assertion_cannot_speak_for_what_comes_after_it(
    stated_on: date, notes: tuple[str, ...], tmp_path: Path
) -> None:
    stated = {"scope_chd": Assertion("None here.", stated_on), "scope_phi": Assertion("None.", date(2026, 1, 1))}
    population = replace(seed(tmp_path).population, not_applicable=stated)
    assert assertion_notes(["scope_chd"], population) == notes
