"""Over the demo, in which most queries flag something: what a query flags is among what it counts as judged."""

from __future__ import annotations

import pytest

from tests.fixture.built import Built
from tests.fixture.judged import JUDGING, judge_rows

# Stretches of time are no rows of the hours in which they lie.
UNCOUNTED = {"silent_intervals"}


@pytest.mark.parametrize("query", sorted(set(JUDGING) - UNCOUNTED))
def test_what_is_flagged_is_among_what_is_counted(query: str, told: Built) -> None:
    evidence, flagged, counted = judge_rows(told, query)
    assert flagged <= counted
    assert evidence.population is not None
    assert evidence.flagged <= evidence.population


def test_the_demo_puts_most_denominators_to_the_test(told: Built) -> None:
    assert sum(bool(judge_rows(told, query)[1]) for query in set(JUDGING) - UNCOUNTED) > 15
