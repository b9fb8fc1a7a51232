"""What management accepts for a time stays in the outcome, and bites again when the time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from auditctl.assess.acceptance import accept, unmatched
from auditctl.assess.model import Outcome, Word
from auditctl.assess.outcomes import judge
from auditctl.catalogue.model import Test as Procedure
from auditctl.population.waivers import Waiver
from auditctl.settings import AcceptedGap
from tests.queries.seed import at, seed

LAST = date(2026, 12, 31)
AFTER = date(2027, 1, 1)
GAP = AcceptedGap("The recorder comes in May.", "CISO", LAST)
AS_OF = "State as of 2026-10-02 06:00 UTC, 1 day after the period's end."
NO_LIST = f"No list of approved administrators was given. 2 rows are shown without judgement. {AS_OF}"


def admins(folder: Path, *, listed: bool = True) -> Outcome:
    """Return the outcome of two administrators, ab_user:1 and ab_user:2, of whom nobody approved either."""
    users = [{"user_id": number, "username": f"admin{number}"} for number in (1, 2)]
    grants = [{"user_id": number, "role": "Admin", "source_ref": f"ab_user_role:{number}"} for number in (1, 2)]
    held: dict[str, list[tuple[str, str]]] = {} if listed else {"approved_admins_file": []}
    seeded = seed(folder, accounts=users, grants=grants, held=held)
    query = "admins_not_approved"
    return judge(Procedure("admins", "A procedure.", query), seeded.evidence(query), seeded.population)


def waiver(key: str, expires: date = LAST, query: str = "admins_not_approved", line: int = 1) -> Waiver:
    return Waiver(line, query, key, "Break-glass account", "CISO", expires)


def names(outcome: Outcome) -> list[str]:
    assert outcome.evidence is not None
    return [name for name, _ in outcome.evidence.flags()]


def test_an_accepted_gap_stays_not_evidenced_and_says_who_accepts_it_until_when(tmp_path: Path) -> None:
    result = accept(admins(tmp_path, listed=False), {"admins": GAP}, (), LAST)
    assert result.word is Word.NOT_EVIDENCED
    assert result.sentence == f"{NO_LIST} Accepted by CISO until 2026-12-31: The recorder comes in May."
    assert result.accepted_until == LAST


def test_on_the_day_after_its_last_the_acceptance_of_a_gap_has_ended(tmp_path: Path) -> None:
    result = accept(admins(tmp_path, listed=False), {"admins": GAP}, (), AFTER)
    assert (
        result.sentence
        == f"{NO_LIST} The acceptance of this gap by CISO ended on 2026-12-31: The recorder comes in May."
    )
    assert result.accepted_until is None


def test_a_gap_of_another_test_or_of_a_test_that_found_something_accepts_nothing(tmp_path: Path) -> None:
    for outcome, gaps in ((admins(tmp_path, listed=False), {"other": GAP}), (admins(tmp_path), {"admins": GAP})):
        assert accept(outcome, gaps, (), LAST) == outcome


def test_when_every_exception_is_waived_they_stay_exceptions_and_all_is_accepted_until_the_earliest(
    tmp_path: Path,
) -> None:
    outcome = admins(tmp_path)
    first, second = names(outcome)
    waivers = (waiver(first, date(2027, 6, 30)), waiver(second, line=8))
    result = accept(outcome, {}, waivers, LAST)
    assert result.word is Word.EXCEPTIONS
    waived = "All accepted until 2026-12-31 (the earliest)."
    assert result.sentence == f"2 exceptions in 2 grants of Admin. {AS_OF} {waived}"
    assert (result.accepted, result.accepted_until, result.waivers) == (2, LAST, waivers)


def test_one_exception_without_a_waiver_keeps_the_test_from_being_accepted(tmp_path: Path) -> None:
    outcome = admins(tmp_path)
    result = accept(outcome, {}, (waiver(names(outcome)[0]), waiver(names(outcome)[1], query="leavers_active")), LAST)
    assert result.sentence == f"2 exceptions in 2 grants of Admin. {AS_OF} 1 of 2 accepted until 2026-12-31."
    assert (result.accepted, result.accepted_until) == (1, None)


def test_a_waiver_that_has_ended_bites_and_is_named(tmp_path: Path) -> None:
    outcome = admins(tmp_path)
    first, second = names(outcome)
    given = (waiver(first), waiver(second, date(2027, 6, 30), line=8))
    result = accept(outcome, {}, given, AFTER)
    waived = "1 of 2 accepted until 2027-06-30."
    assert result.sentence == (
        f"2 exceptions in 2 grants of Admin. {AS_OF} {waived} Waivers that have ended: {first} on 2026-12-31."
    )
    assert (result.accepted_until, result.waivers, result.ended) == (None, given, given[:1])


def test_waivers_that_fit_nothing_are_counted_and_listed_by_their_line(tmp_path: Path) -> None:
    outcome = admins(tmp_path)
    given = (
        waiver(names(outcome)[0]),
        waiver("ab_user:99", line=8),
        waiver("ab_user:1", query="leavers_active", line=22),  # not part of this report
    )
    judged = [accept(outcome, {}, given, LAST)]
    assert unmatched(given, judged) == (
        "1 of 3 waivers matches nothing.",
        "The waiver in line 8 matches nothing: admins_not_approved has no flagged row 'ab_user:99'.",
    )
    assert unmatched(given[:1], judged) == ()


def test_a_row_without_a_reference_is_waived_by_the_key_of_its_query(tmp_path: Path) -> None:
    days = [{"day": date(2026, 8, 17), "day_since": at("08-17"), "weekday": 1, "log_rows": 0}]
    seeded = seed(tmp_path, days=days)
    outcome = judge(Procedure("t", "A procedure.", "log_coverage"), seeded.evidence("log_coverage"), seeded.population)
    assert names(outcome) == ["2026-08-17"]
    result = accept(outcome, {}, (waiver("2026-08-17", query="log_coverage"),), LAST)
    assert result.accepted_until == LAST


def test_a_waiver_of_one_reason_does_not_accept_a_row_that_is_flagged_for_another(tmp_path: Path) -> None:
    days = [{"day": date(2026, 8, 17), "day_since": at("08-17"), "weekday": 1, "log_rows": 0}]
    seeded = seed(tmp_path, days=days)
    outcome = judge(Procedure("t", "A procedure.", "log_coverage"), seeded.evidence("log_coverage"), seeded.population)
    assert outcome.evidence is not None
    ((key, reason),) = outcome.evidence.flags()
    assert reason == "a business day without a single row"
    meant = replace(waiver(key, query="log_coverage"), flag_reason=reason)
    assert accept(outcome, {}, (meant,), LAST).accepted == 1
    other = replace(meant, flag_reason="few_rows")
    assert accept(outcome, {}, (other,), LAST) == outcome
    assert unmatched((other,), [outcome])[1] == (
        f"The waiver in line 1 matches nothing: log_coverage has no flagged row '{key}' with the reason 'few_rows'."
    )


def test_a_requirement_to_record_that_is_not_met_is_not_accepted_with_the_rows_that_there_are(tmp_path: Path) -> None:
    failures = [{"source_ref": f"logs:{number}", "event_outcome": "failed"} for number in range(5)]
    seeded = seed(tmp_path, sign_ins=failures, held={"sign_in_failures": [("08-01", "10-02")]})
    test = Procedure("t", "A procedure.", "failed_logins", "finding")
    outcome = judge(test, seeded.evidence("failed_logins"), seeded.population)
    assert len(names(outcome)) == 5
    result = accept(outcome, {}, [waiver(name, query="failed_logins") for name in names(outcome)], LAST)
    assert (result.accepted, result.accepted_until) == (5, None)


def test_what_failed_is_never_accepted(tmp_path: Path) -> None:
    failed = replace(admins(tmp_path), word=Word.ERROR, evidence=None)
    assert accept(failed, {"admins": GAP}, (waiver("ab_user:1"),), LAST) == failed
