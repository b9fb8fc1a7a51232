"""What became of an exception: cleared is said only of one that was looked for again, by the same rules, and seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditctl.assess.changes import Changes, Difference, Fate, Found, OutcomeFacts, ReportFacts, Rule
from auditctl.assess.compare import compare
from auditctl.assess.model import Word
from auditctl.catalogue.model import Kind, Query
from auditctl.period import Period
from tests.golden.hard import HARD_COLUMNS, query

Q2 = Period("2026-Q2", datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC), "UTC")
Q3 = Period("2026-Q3", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), "UTC")
STATE = Rule("leavers_active", 1, "a1" * 32, False, {"days": "90"})
ACTS = Rule("deletions", 1, "b2" * 32, True, {})
ADA, BOB = (Found("leavers_active", "Leavers with access", key, "still active") for key in ("ab_user:1", "ab_user:2"))
NIGHT = Found("deletions", "Deletions", "logs:138", "outside business hours")


def outcome_of(name: str, flagged: int, outcome: str = Word.EXCEPTIONS, *, whole: bool = True) -> OutcomeFacts:
    return OutcomeFacts("SOC2:CC6.2", f"test_of_{name}", "Look for it.", outcome, name, 9, flagged, 40, whole)


def facts(period: Period, *exceptions: Found, **changes: object) -> ReportFacts:
    tests = (outcome_of("leavers_active", 1), outcome_of("deletions", 1))
    made = ReportFacts(
        name=f"soc2-{period.label}",
        pack_id="c3" * 32,
        status="FINAL",
        period=period,
        read_at=period.until,
        source_ids=frozenset({"sqlite-3f9a"}),
        tests={(test.control, test.test): test for test in tests},
        rules={"leavers_active": STATE, "deletions": ACTS},
        exceptions=exceptions,
        catalogue={},
        settings={},
        files={},
        source={},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def replaced(made: ReportFacts, *tests: OutcomeFacts) -> ReportFacts:
    return replace(made, tests={**made.tests, **{(test.control, test.test): test for test in tests}})


def changes(before: ReportFacts, after: ReportFacts) -> Changes:
    queries: dict[str, Query] = {
        "leavers_active": replace(query("leavers_active", Kind.DEVIATION, HARD_COLUMNS), reads=("accounts", "leavers")),
        "deletions": query("deletions", Kind.DEVIATION, HARD_COLUMNS),
    }
    return compare(before, after, queries)


def fates(before: ReportFacts, after: ReportFacts) -> list[tuple[str, Fate, str]]:
    return [(change.found.key, change.fate, change.remark) for change in changes(before, after).exceptions]


def test_of_current_state_one_is_new_one_is_noted_again_and_one_is_cleared() -> None:
    cleared = replace(ADA, key="ab_user:3")
    assert fates(facts(Q2, ADA, cleared), facts(Q3, ADA, BOB)) == [
        ("ab_user:2", Fate.NEW, ""),
        ("ab_user:1", Fate.AGAIN, ""),
        ("ab_user:3", Fate.CLEARED, ""),
    ]


@pytest.mark.parametrize(
    "after",
    [
        outcome_of("leavers_active", 0, Word.NOT_EVIDENCED),
        outcome_of("leavers_active", 0, Word.NO_EXCEPTIONS, whole=False),
    ],
)
def test_what_could_not_be_seen_is_not_cleared(after: OutcomeFacts) -> None:
    assert fates(facts(Q2, ADA), replaced(facts(Q3), after)) == [
        ("ab_user:1", Fate.UNSEEN, "could not have been seen now")
    ]


def test_what_a_failed_query_looked_for_is_not_cleared() -> None:
    failed = replace(outcome_of("leavers_active", 0, Word.ERROR), evidence=None)
    after = replaced(replace(facts(Q3), rules={"deletions": ACTS}), failed)
    assert fates(facts(Q2, ADA), after) == [("ab_user:1", Fate.UNSEEN, "its query failed")]


def test_what_no_query_looks_for_any_more_is_not_cleared() -> None:
    after = replace(facts(Q3), rules={"deletions": ACTS}, tests={})
    assert fates(facts(Q2, ADA), after) == [("ab_user:1", Fate.UNTESTED, "")]


@pytest.mark.parametrize(
    ("after", "remark"),
    [
        (facts(Q3, rules={"leavers_active": replace(STATE, sha256="d4" * 32)}), "changed: query"),
        (facts(Q3, rules={"leavers_active": replace(STATE, parameters={"days": "30"})}), "changed: days"),
        (facts(Q3, files={"leavers": "17 rows", "tickets": "3 rows"}), "changed: leavers file"),
        (facts(Q3, settings={"scope.phi.tables": "x", "report.system": "y"}), "changed: scope.phi.tables"),
    ],
)
def test_what_changed_rules_no_longer_flag_is_not_cleared(after: ReportFacts, remark: str) -> None:
    assert fates(facts(Q2, ADA), after) == [("ab_user:1", Fate.RULES, remark)]


def test_an_act_of_an_earlier_period_is_not_cleared_by_the_next() -> None:
    assert fates(facts(Q2, NIGHT), facts(Q3)) == [("logs:138", Fate.EARLIER, "not looked for again")]


def test_an_act_that_the_same_period_no_longer_shows_asks_for_an_explanation() -> None:
    ((_, fate, remark),) = fates(facts(Q3, NIGHT), facts(Q3))
    assert (fate, remark) == (Fate.CLEARED, "the same period was read again, and its rows no longer show it")


def test_an_open_period_is_part_of_the_whole_one() -> None:
    july = replace(Q3, label="2026-07", until=datetime(2026, 8, 1, tzinfo=UTC))
    assert fates(facts(july, NIGHT), facts(Q3, NIGHT)) == [("logs:138", Fate.AGAIN, "")]


@pytest.mark.parametrize(
    ("before", "remark"),
    [
        (facts(Q2, rules={}), "not tested then"),
        (replaced(facts(Q2), outcome_of("leavers_active", 0, Word.NOT_EVIDENCED)), "could not have been seen then"),
        (facts(Q2, files={"leavers": "16 rows"}), "changed: leavers file"),
    ],
)
def test_a_new_one_that_may_be_no_news_says_so(before: ReportFacts, remark: str) -> None:
    assert fates(before, facts(Q3, ADA)) == [("ab_user:1", Fate.NEW, remark)]


def test_rows_of_two_databases_are_not_matched() -> None:
    found = changes(facts(Q2, ADA), facts(Q3, ADA, source_ids=frozenset({"postgresql-77"})))
    assert (found.matched, found.exceptions) == (False, ())
    assert "the number of a row means nothing in the other one" in found.notes[0]
    assert found.sentence == "Since soc2-2026-Q2, of another database: 0 outcomes changed; exceptions were not matched."


def test_the_sentence_counts_fates_and_outcomes() -> None:
    after = replaced(facts(Q3, ADA, BOB), outcome_of("deletions", 0, Word.NO_EXCEPTIONS))
    assert changes(facts(Q2, ADA, NIGHT), after).sentence == (
        "Since soc2-2026-Q2: exceptions: 1 new, 1 noted again, 1 of the earlier period; 1 outcome changed."
    )


@pytest.mark.parametrize(
    ("until", "note"),
    [
        (datetime(2026, 6, 1, tzinfo=UTC), "No pack of these two covers 2026-06-01 00:00 to 2026-07-01 00:00 (UTC)."),
        (
            datetime(2026, 8, 1, tzinfo=UTC),
            "The periods overlap: 2026-07-01 00:00 to 2026-08-01 00:00 (UTC) is in both.",
        ),
    ],
)
def test_time_that_no_pack_covers_or_both_do_is_said(until: datetime, note: str) -> None:
    assert changes(facts(replace(Q2, until=until)), facts(Q3)).notes[-1] == note


def test_periods_that_meet_leave_nothing_to_say_but_that_they_differ() -> None:
    (note,) = changes(facts(Q2), facts(Q3)).notes
    assert note.startswith("The packs are of different periods.")


def test_a_test_differs_by_its_outcome_a_count_or_by_being_new() -> None:
    new = replace(outcome_of("deletions", 0), test="another")
    after = replaced(facts(Q3), replace(outcome_of("leavers_active", 1), rows=10), new)
    by_name = {change.latest.test: change for change in changes(facts(Q2), after).tests}
    assert {name: (change.differs, change.reworded) for name, change in by_name.items()} == {
        "test_of_leavers_active": (True, False),
        "test_of_deletions": (False, False),
        "another": (True, True),
    }


def test_rules_settings_files_and_source_are_compared_by_name() -> None:
    before = facts(Q2, settings={"report.zone": "UTC", "scope.phi.tables": "none"}, source={"main: revision": "a"})
    after = facts(
        Q3,
        settings={"report.zone": "UTC", "scope.phi.tables": "patients"},
        files={"tickets": "3 rows"},
        source={"main: revision": "b"},
        rules={"leavers_active": replace(STATE, version=2), "deletions": ACTS},
    )
    found = changes(before, after)
    assert found.settings == (Difference("scope.phi.tables", "none", "patients"),)
    assert found.files == (Difference("tickets", None, "3 rows"),)
    assert found.source == (Difference("main: revision", "a", "b"),)
    assert found.rules == (
        Difference(
            "leavers_active",
            f"version 1, days = 90, SHA-256 {'a1' * 32}",
            f"version 2, days = 90, SHA-256 {'a1' * 32}",
        ),
    )
