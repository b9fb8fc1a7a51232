"""Numbers, moments and spans in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditctl.assess.model import ControlResult, Outcome, Word
from auditctl.catalogue import model
from auditctl.period import Period
from auditctl.population.model import EVER, Capability, Coverage, Gap, Held, Population
from auditctl.population.waivers import Waiver
from auditctl.render import wording
from auditctl.source.interface import ReadPoint, Role, SourceFacts

JULY = datetime(2026, 6, 30, 22, tzinfo=UTC)
"""2026-07-01 00:00 in Berlin."""
OCTOBER = datetime(2026, 9, 30, 22, tzinfo=UTC)
READ_AT = datetime(2026, 11, 24, 4, 0, 45, tzinfo=UTC)
BERLIN = "Europe/Berlin"


@pytest.fixture
def population(tmp_path: Path) -> Population:
    point = ReadPoint("sqlite", "1", READ_AT)
    source = SourceFacts("id", "main", "sqlite", "3", "6.1.0", "superset", point, {}, Role("root", ()), None, None)
    period = Period("2026-Q3", JULY, OCTOBER, BERLIN)
    return Population(tmp_path, period, JULY, (source,), (), {}, {}, {}, (), {}, READ_AT, False)


def test_a_count_agrees_with_its_noun() -> None:
    assert [wording.count(number, "row") for number in (0, 1, 4310)] == ["0 rows", "1 row", "4,310 rows"]


def test_a_moment_is_written_to_the_second_only_where_it_has_seconds() -> None:
    assert wording.local(JULY, BERLIN) == "2026-07-01 00:00"
    assert wording.local(READ_AT, BERLIN) == "2026-11-24 05:00:45"
    assert wording.offset(JULY, BERLIN) == "2026-07-01 00:00+02:00"
    assert wording.instant(JULY) == "2026-06-30 22:00:00 UTC"


def test_a_window_says_which_part_is_not_held() -> None:
    gap = Gap(JULY, datetime(2026, 8, 12, 7, tzinfo=UTC))
    assert wording.covered(Coverage("yes", ()), BERLIN) == "Whole period"
    assert wording.covered(Coverage("no", (gap,)), BERLIN) == "Not held"
    part = wording.covered(Coverage("partial", (gap,)), BERLIN)
    assert part == "In part; not held 2026-07-01 00:00 to 2026-08-12 09:00"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Held(EVER, READ_AT, "server", "state at the read point"), "The state at the read point only"),
        (Held(EVER, READ_AT, "file", "given by the user"), "Given"),
        (Held(JULY, READ_AT, "server", "its rows"), "Whole period"),
    ],
)
def test_a_state_and_a_file_are_not_said_to_be_held_for_a_period(span: Held, said: str) -> None:
    capability = Capability("accounts_now", "Accounts", (span,), "", "", None)
    assert wording.in_period(capability, capability.over(JULY, OCTOBER), BERLIN) == said


def test_a_span_ends_at_the_read_point_in_words(population: Population) -> None:
    assert wording.held(Held(JULY, READ_AT, "server", "its rows"), population) == (
        "2026-07-01 00:00 to the read point; server: its rows"
    )
    assert wording.held(Held(JULY, OCTOBER, "recorder", ""), population) == (
        "2026-07-01 00:00 to 2026-10-01 00:00; recorder"
    )
    assert wording.held(Held(EVER, READ_AT, "file", "given by the user"), population) == ("file: given by the user")


def test_the_tests_to_look_at_come_gravest_first() -> None:
    words = (Word.ITEMS, Word.LISTED, Word.NOT_EVIDENCED, Word.EXCEPTIONS)
    outcomes = tuple(Outcome(model.Test("t", "Look.", "q"), word, "", None, Coverage("yes", ())) for word in words)
    control = model.Control("SOC2:CC6.1", "Access", True, ())
    result = ControlResult(control, Word.EXCEPTIONS, {}, "Exceptions noted: 1 of 4 tests", outcomes)
    found = [(number, place, outcome.word) for number, place, _, outcome in wording.pressing([result])]
    assert found == [(1, 4, Word.EXCEPTIONS), (1, 3, Word.NOT_EVIDENCED), (1, 1, Word.ITEMS)]
    assert wording.counts(result) == "1 of 4 tests"
    assert wording.found(outcomes[0]) == "no result"


def test_a_waiver_that_has_ended_says_so() -> None:
    waivers = tuple(Waiver(line, "q", f"logs:{line}", "Known", "CISO", date(2026, 12, 31)) for line in (1, 2))
    outcome = Outcome(
        model.Test("t", "A procedure.", "q"),
        Word.EXCEPTIONS,
        "",
        None,
        Coverage("yes", ()),
        waivers=waivers,
        ended=waivers[1:],
    )
    assert wording.remarks(outcome) == {
        "logs:1": "Waiver until 2026-12-31, by CISO: Known",
        "logs:2": "Waiver ended on 2026-12-31, by CISO: Known",
    }


@pytest.mark.parametrize(
    ("tables", "reads", "sql", "sentence"),
    [
        (("logs",), (), "SELECT 1", "Made from the table logs."),
        (("ab_user", "query"), ("acts",), "SELECT 1", "Made from the tables ab_user, query and the relation acts."),
        ((), ("log_rows", "acts"), None, "Made by auditctl itself, from the relations log_rows, acts."),
        ((), (), None, "Made by auditctl itself."),
    ],
)
def test_a_relation_says_what_it_is_made_from(
    tables: tuple[str, ...], reads: tuple[str, ...], sql: str | None, sentence: str
) -> None:
    assert wording.derivation(model.RelationSpec("days", "Every day.", tables, reads, (), sql, "")) == sentence
