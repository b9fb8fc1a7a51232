from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from auditctl.assess.model import Outcome, Word
from auditctl.assess.outcomes import changed_thresholds, describe_gaps, describe_unmet, judge, summarise
from auditctl.catalogue.model import Control
from auditctl.catalogue.model import Test as Procedure
from auditctl.population.model import Assertion, Coverage, Gap
from tests.queries.seed import NOW, QUARTER, Seeded, seed

AUGUST = [("08-12", "10-02")]
NEVER: list[tuple[str, str]] = []
UNHELD = "Failed sign-ins are not held for 2026-07-01 00:00 to 2026-08-12 00:00 (UTC): "
NEAR = "State as of 2026-10-02 06:00 UTC, 1 day after the period's end."
NO_ROW = "Superset up to 6.1.0 writes no row for a failed sign-in."


def admin(folder: Path, *, approved: bool, now: datetime = NOW) -> Seeded:
    """Return a population of one administrator."""
    return seed(
        folder,
        now=now,
        held={"accounts_now": [("01-01", f"{now:%m-%d}")]},
        accounts=[{"user_id": 1, "username": "alice"}],
        grants=[{"user_id": 1, "role": "Admin"}, {"user_id": 2, "role": "Gamma"}],
        approved_admins=[{"line": 2, "user_id": 1}] if approved else [],
    )


def outcome(seeded: Seeded, query: str, absence: str = "not_evidenced") -> Outcome:
    return judge(Procedure(query, "A procedure.", query, absence), seeded.evidence(query), seeded.population)


def found(outcome: Outcome) -> tuple[str, str]:
    return str(outcome.word), outcome.sentence


# --- Of a test


def test_a_flagged_row_of_a_deviation_is_an_exception(tmp_path: Path) -> None:
    result = outcome(admin(tmp_path, approved=False), "admins_not_approved")
    assert found(result) == ("Exceptions noted", f"1 exception among grants of Admin, of which there is 1. {NEAR}")
    assert result.covered == Coverage("yes", ())
    assert result.evidence is not None


def test_a_deviation_without_one_over_the_whole_period_notes_no_exceptions(tmp_path: Path) -> None:
    result = outcome(admin(tmp_path, approved=True), "admins_not_approved")
    assert found(result) == ("No exceptions noted", f"0 exceptions among grants of Admin, of which there is 1. {NEAR}")


def test_an_answer_without_exceptions_says_how_it_is_known_that_there_could_have_been_some(tmp_path: Path) -> None:
    none = seed(tmp_path, sign_ins=[{}])
    failures = none.population.capabilities["sign_in_failures"]
    last = datetime(2026, 9, 30, 17, 21, tzinfo=UTC)
    span = replace(failures.held[0], since=datetime(2026, 3, 2, 8, 11, tzinfo=UTC), reason="from the first row")
    capabilities = {"sign_in_failures": replace(failures, held=(span,), last_row=last)}
    population = replace(none.population, capabilities=capabilities)
    result = judge(Procedure("t", "A procedure.", "failed_logins"), none.evidence("failed_logins"), population)
    phrase = "held since 2026-03-02 08:11, from the first row; the last row of the kind is of 2026-09-30 17:21"
    assert result.proof == (f"Failed sign-ins: {phrase}",)


def test_an_outcome_with_something_to_show_needs_no_such_words(tmp_path: Path) -> None:
    assert outcome(admin(tmp_path, approved=False), "admins_not_approved").proof == ()
    missing = seed(tmp_path, sign_ins=[{}], held={"sign_in_failures": AUGUST})
    assert outcome(missing, "failed_logins").proof == ()


def test_flagged_rows_of_an_indicator_are_items_for_review_and_none_are_none(tmp_path: Path) -> None:
    failures = seed(tmp_path, sign_ins=[{} for _ in range(5)])
    assert found(outcome(failures, "failed_logins")) == (
        "Items for review",
        "5 items for review in 5 sign-ins of known outcome.",
    )
    failures = seed(tmp_path, sign_ins=[{} for _ in range(4)])
    assert found(outcome(failures, "failed_logins")) == (
        "No items for review",
        "0 items for review in 4 sign-ins of known outcome.",
    )


def test_a_listing_tests_nothing_however_many_rows_it_has(tmp_path: Path) -> None:
    for rows, sentence in ((0, "0 rows"), (1, "1 row"), (1200, "1,200 rows")):
        seeded = seed(tmp_path, sign_ins=[{} for _ in range(rows)])
        assert found(outcome(seeded, "sign_ins")) == ("Listed", f"{sentence} listed, nothing tested.")


def test_of_acts_it_is_said_for_how_many_more_is_known_than_that_they_were_attempted(tmp_path: Path) -> None:
    outcomes = ("succeeded", "succeeded", "attempted", "refused", "unknown", "attempted", "attempted")
    seeded = seed(tmp_path, events=[{"kind": "content_change", "event_outcome": word} for word in outcomes])
    known = "Outcome corroborated for 3 of 7 acts: 2 succeeded, 1 refused; 3 attempted, 1 unknown."
    assert found(outcome(seeded, "content_changes")) == ("Listed", f"7 rows listed, nothing tested. {known}")


def test_none_in_the_part_that_is_held_is_not_evidenced_and_names_the_part_that_is_not(tmp_path: Path) -> None:
    result = outcome(seed(tmp_path, sign_ins=[{}], held={"sign_in_failures": AUGUST}), "failed_logins")
    counted = "0 items for review among sign-ins of known outcome, of which there is 1."
    sentence = f"In the part that is held: {counted} {UNHELD}{NO_ROW}"
    assert found(result) == ("Not evidenced", sentence)
    assert result.covered == Coverage("partial", (Gap(QUARTER.since, datetime(2026, 8, 12, tzinfo=UTC)),))


def test_what_was_found_stands_although_a_part_is_not_held_and_the_gap_is_said(tmp_path: Path) -> None:
    seeded = seed(tmp_path, sign_ins=[{} for _ in range(5)], held={"sign_in_failures": AUGUST})
    sentence = f"5 items for review in 5 sign-ins of known outcome. {UNHELD}{NO_ROW}"
    assert found(outcome(seeded, "failed_logins")) == ("Items for review", sentence)


def test_what_is_held_nowhere_is_not_evidenced_and_never_none(tmp_path: Path) -> None:
    result = outcome(seed(tmp_path, sign_ins=[{}], held={"sign_in_failures": NEVER}), "failed_logins")
    assert found(result) == ("Not evidenced", f"{NO_ROW} 1 row is shown without judgement.")
    assert result.covered == Coverage("no", (Gap(QUARTER.since, QUARTER.until),))


def test_a_listing_of_what_is_not_held_is_not_evidenced_too(tmp_path: Path) -> None:
    held = {"sign_in_failures": AUGUST, "sign_in_successes": NEVER}
    result = outcome(seed(tmp_path, sign_ins=[{}], held=held), "sign_ins")
    whole = "Superset up to 6.1.0 writes no row for a sign-in."
    assert found(result) == ("Not evidenced", f"{whole} {UNHELD}{NO_ROW} 1 row is shown without judgement.")
    assert result.covered.answer == "no"


def test_nothing_to_test_is_not_evidenced_and_nothing_to_list_is_an_empty_list(tmp_path: Path) -> None:
    empty = seed(tmp_path)
    nothing = "There is nothing to test: no {}."
    admins, failures = nothing.format("grants of Admin"), nothing.format("sign-ins of known outcome")
    assert found(outcome(empty, "admins_not_approved")) == ("Not evidenced", f"{admins} {NEAR}")
    others = seed(tmp_path, grants=[{"user_id": 1, "role": "Gamma"}])
    assert found(outcome(others, "admins_not_approved")) == ("Not evidenced", f"{admins} {NEAR}")
    assert found(outcome(empty, "failed_logins")) == ("Not evidenced", failures)
    assert found(outcome(empty, "sign_ins")) == ("Listed", "0 rows listed, nothing tested.")


@pytest.mark.parametrize(
    ("query", "others", "noun"),
    [
        ("changes_without_ticket", {"events": [{"kind": "sign_in"}, {"kind": "view"}]}, "changes of content"),
        ("deletions", {"events": [{"kind": "content_change", "verb": "update"}]}, "deletions of content"),
        ("success_after_failures", {"sign_ins": [{"event_outcome": "failed"}]}, "successful sign-ins"),
        ("exports_outside_list", {"events": [{"kind": "export"}]}, "exports of the scope's data"),
    ],
)
def test_rows_of_other_kinds_are_nothing_to_test(query: str, others: dict[str, Any], noun: str, tmp_path: Path) -> None:
    sentence = f"There is nothing to test: no {noun}."
    assert found(outcome(seed(tmp_path, **others), query)) == ("Not evidenced", sentence)


def test_how_many_rows_could_not_be_judged_is_said_whether_or_not_others_could(tmp_path: Path) -> None:
    gone = {"kind": "content_change", "verb": "delete", "object_type": "chart", "object_id": "7"}
    known = {**gone, "source_ref": "known"}
    touches = [{"source_ref": "known", "scope": "phi", "via": "dataset visits"}]
    untold = " Not judged: 2 deletions of which it cannot be told."
    seeded = seed(tmp_path, events=[gone, gone])
    assert found(outcome(seeded, "deletions_in_scope")) == (
        "Not evidenced",
        f"There is nothing to test: no deletions that can be placed.{untold}",
    )
    seeded = seed(tmp_path, events=[gone, known, gone], touches=touches)
    assert found(outcome(seeded, "deletions_in_scope"))[1].startswith(
        f"1 exception among deletions that can be placed, of which there is 1.{untold}"
    )


LATE = NOW.replace(day=12)
AS_OF = "State as of 2026-10-12 06:00 UTC, 11 days after the period's end: not evidence of the period itself."


@pytest.mark.parametrize(
    ("query", "approved", "word", "sentence"),
    [
        ("admins_not_approved", True, "Not evidenced", "0 exceptions among grants of Admin, of which there is 1."),
        ("admins_not_approved", False, "Exceptions noted", "1 exception among grants of Admin, of which there is 1."),
        ("access_listing", True, "Listed", "1 row listed, nothing tested."),
    ],
)
def test_state_read_long_after_the_period_is_no_evidence_of_it(
    query: str, approved: bool, word: str, sentence: str, tmp_path: Path
) -> None:
    assert found(outcome(admin(tmp_path, approved=approved, now=LATE), query)) == (word, f"{sentence} {AS_OF}")


def test_no_items_in_state_read_long_after_the_period_is_no_evidence_of_it_either(tmp_path: Path) -> None:
    seeded = seed(tmp_path, now=LATE, embeddings=[{"allowed_domains": "https://example.com"}])
    sentence = f"0 items for review among embedded dashboards, of which there is 1. {AS_OF}"
    assert found(outcome(seeded, "embedded_dashboards")) == ("Not evidenced", sentence)


def test_how_long_after_is_near_enough_is_the_users_to_say(tmp_path: Path) -> None:
    seeded = admin(tmp_path, approved=True, now=LATE)
    procedure = Procedure("t", "A procedure.", "admins_not_approved")
    evidence = seeded.evidence("admins_not_approved")
    for days, word in ((10, "Not evidenced"), (12, "No exceptions noted")):
        assert judge(procedure, evidence, seeded.population, as_of_tolerance=timedelta(days=days)).word == word


def test_a_tolerance_other_than_a_week_is_noted_with_what_is_declared(tmp_path: Path) -> None:
    seeded = admin(tmp_path, approved=True, now=LATE)
    procedure = Procedure("t", "A procedure.", "admins_not_approved")
    judged = judge(procedure, seeded.evidence("admins_not_approved"), seeded.population, (), timedelta(hours=300))
    assert judged.threshold_notes == ("as_of_tolerance is 12.5d (declared: 7d)",)
    near = "State as of 2026-10-12 06:00 UTC, 11 days after the period's end."
    assert judged.sentence == f"0 exceptions among grants of Admin, of which there is 1. {near}"


def test_where_no_period_was_asked_for_the_instant_alone_is_named(tmp_path: Path) -> None:
    evidence = (seeded := admin(tmp_path, approved=True)).evidence("admins_not_approved")
    read = replace(evidence, state_at=QUARTER.until)
    judged = judge(Procedure("t", "A procedure.", "admins_not_approved"), read, seeded.population)
    assert judged.sentence == (
        "0 exceptions among grants of Admin, of which there is 1."
        " State as of 2026-10-01 00:00 UTC (a present that was set by hand)."
    )


def test_state_read_within_a_week_of_the_periods_end_is_near_enough(tmp_path: Path) -> None:
    evidence = (seeded := admin(tmp_path, approved=True)).evidence("admins_not_approved")
    words = []
    for late in (timedelta(days=7), timedelta(days=7, microseconds=1)):
        read = replace(evidence, state_at=QUARTER.until + late)
        words.append(judge(Procedure("t", "A procedure.", "admins_not_approved"), read, seeded.population).word)
    assert words == [Word.NO_EXCEPTIONS, Word.NOT_EVIDENCED]


def test_events_of_a_period_stay_evidence_of_it_however_late_they_are_read(tmp_path: Path) -> None:
    seeded = seed(tmp_path, now=LATE, sign_ins=[{}])
    assert found(outcome(seeded, "failed_logins"))[0] == "No items for review"


@pytest.mark.parametrize(("held", "gap"), [(NEVER, NO_ROW), (AUGUST, UNHELD + NO_ROW)])
def test_where_recording_itself_is_required_a_gap_is_an_exception(
    held: list[tuple[str, str]], gap: str, tmp_path: Path
) -> None:
    seeded = seed(tmp_path, sign_ins=[{}], held={"sign_in_failures": held})
    recording = "The requirement is to record this, and it is not recorded."
    assert found(outcome(seeded, "failed_logins", "finding")) == ("Exceptions noted", f"{recording} {gap}")
    whole = seed(tmp_path, sign_ins=[{}])
    assert outcome(whole, "failed_logins", "finding").word is Word.NO_ITEMS


def test_what_management_asserts_not_to_be_here_makes_a_test_not_applicable_whatever_else_is_missing(
    tmp_path: Path,
) -> None:
    seeded = seed(tmp_path, held={"scope_chd": NEVER, "sql_statements": NEVER})
    population = replace(
        seeded.population, not_applicable={"scope_chd": Assertion("Management asserts it.", date(2026, 9, 20))}
    )
    evidence = Seeded(population).evidence("statements_outside_list", scope="chd")
    assert [unmet.capability for unmet in evidence.unmet] == ["sql_statements"]
    result = judge(Procedure("t", "A procedure.", "statements_outside_list"), evidence, population)
    assert found(result) == ("Not applicable", "Management asserts it.")
    assert result.evidence is None
    assert result.input_notes == ("The assertion on scope chd is as of 2026-09-20, 11 days before the period's end.",)
    other = Seeded(population).evidence("statements_outside_list", scope="phi")
    assert judge(Procedure("t", "A procedure.", "statements_outside_list"), other, population).word == "Not evidenced"


def test_a_query_that_failed_is_an_error_without_evidence(tmp_path: Path) -> None:
    test = Procedure("t", "A procedure.", "failed_logins")
    result = judge(test, "out of memory", seed(tmp_path).population, ["threshold is 3 (declared: 5)"])
    assert found(result) == ("Error", "The query failed: out of memory")
    assert (result.evidence, result.covered) == (None, Coverage("no", ()))
    assert result.threshold_notes == ("threshold is 3 (declared: 5)",)


# --- Of a control


def results(*words: Word) -> list[Outcome]:
    return [
        Outcome(Procedure(f"t{number}", "A procedure.", "q"), word, "", None, Coverage("yes", ()))
        for number, word in enumerate(words)
    ]


CONTROL = Control("SOC2:CC6.1", "Access is restricted", True, ())


def test_a_control_says_its_worst_outcome_and_always_the_counts() -> None:
    words = (Word.NO_EXCEPTIONS, Word.NOT_EVIDENCED, Word.EXCEPTIONS, Word.NO_EXCEPTIONS, Word.NOT_EVIDENCED)
    line = summarise(CONTROL, results(*words))
    assert line.sentence == "Exceptions noted: 1 of 5 tests; 2 Not evidenced; 2 No exceptions noted"
    assert line.headline is Word.EXCEPTIONS
    assert line.counts == {Word.EXCEPTIONS: 1, Word.NOT_EVIDENCED: 2, Word.NO_EXCEPTIONS: 2}


def test_the_tests_of_a_control_stand_from_the_worst_on_and_else_as_the_catalogue_has_them() -> None:
    given = results(Word.LISTED, Word.EXCEPTIONS, Word.NO_EXCEPTIONS, Word.EXCEPTIONS)
    assert summarise(CONTROL, given).outcomes == (given[1], given[3], given[2], given[0])


ORDER = (
    "Error",
    "Exceptions noted",
    "Not evidenced",
    "Items for review",
    "No exceptions noted",
    "No items for review",
    "Listed",
)


@pytest.mark.parametrize(("worse", "better"), list(combinations(ORDER, 2)))
def test_the_worse_outcome_is_the_headline_in_whatever_order_the_tests_stand(worse: str, better: str) -> None:
    for words in ((worse, better), (better, worse)):
        assert summarise(CONTROL, results(*map(Word, words))).sentence == f"{worse}: 1 of 2 tests; 1 {better}"


def test_tests_that_do_not_apply_are_counted_and_are_the_headline_only_where_none_applies() -> None:
    line = summarise(CONTROL, results(Word.NOT_APPLICABLE, Word.NO_EXCEPTIONS, Word.NO_EXCEPTIONS))
    assert line.sentence == "No exceptions noted: 2 of 3 tests; 1 Not applicable"
    assert line.counts == {Word.NO_EXCEPTIONS: 2, Word.NOT_APPLICABLE: 1}
    line = summarise(CONTROL, results(Word.NOT_APPLICABLE))
    assert (line.headline, line.sentence) == (Word.NOT_APPLICABLE, "Not applicable: 1 of 1 test")


# --- In words


def test_gaps_are_told_in_the_zone_of_the_report() -> None:
    gaps = [
        Gap(QUARTER.since, datetime(2026, 8, 12, 7, tzinfo=UTC)),
        Gap(datetime(2026, 9, 30, tzinfo=UTC), QUARTER.until),
    ]
    told = "2026-07-01 02:00 to 2026-08-12 09:00, 2026-09-30 02:00 to 2026-10-01 02:00"
    assert describe_gaps(gaps, "Europe/Berlin") == told


def test_what_is_held_only_since_the_period_ended_says_since_when(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sign_in_failures": [("10-01", "10-02")]})
    (unmet,) = seeded.evidence("failed_logins").unmet
    sentence = f"{NO_ROW} Failed sign-ins are held since 2026-10-01 00:00."
    assert describe_unmet(unmet, seeded.population) == sentence


def test_a_threshold_is_noted_when_it_differs_from_the_declared_one(tmp_path: Path) -> None:
    seeded = seed(tmp_path)
    test = Procedure("t", "A procedure.", "failed_logins")
    assert changed_thresholds(seeded.evidence("failed_logins"), test) == []
    assert changed_thresholds(seeded.evidence("failed_logins", threshold=3), test) == ["threshold is 3 (declared: 5)"]
    assert changed_thresholds(seeded.evidence("statements_by_database", database="Sales"), test) == []


def test_a_parameter_that_the_test_itself_sets_is_not_changed(tmp_path: Path) -> None:
    test = Procedure("t", "A procedure.", "failed_logins", parameters={"threshold": 3})
    assert changed_thresholds(seed(tmp_path).evidence("failed_logins", threshold=3), test) == []
