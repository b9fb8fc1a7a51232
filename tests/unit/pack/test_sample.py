"""How much a clean sample says, to the exact number."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.pack.sample import most_deviations


@pytest.mark.parametrize(
    ("population", "size", "confidence", "most"),
    [
        (14, 3, 95, 8),  # C(6,3)/C(14,3) = 20/364 > 5 %; with 9: 10/364
        (14, 3, 90, 6),  # C(8,3)/C(14,3) = 56/364 > 10 %; with 7: 35/364
        (10, 10, 95, 0),
        (10, 9, 95, 1),  # the one that was not looked at: C(9,9)/C(10,9) = 10 %
        (1, 1, 90, 0),
    ],
)
def test_the_bound_is_exact(population: int, size: int, confidence: int, most: int) -> None:
    assert most_deviations(population, size, Fraction(confidence, 100)) == most


@pytest.mark.parametrize(
    ("size", "confidence", "share"), [(25, 90, 0.088), (25, 95, 0.113), (45, 90, 0.05), (59, 95, 0.05)]
)
def test_a_large_population_gives_the_figures_that_auditors_know(size: int, confidence: int, share: float) -> None:
    most = most_deviations(1_000_000, size, Fraction(confidence, 100))
    assert round(most / 1_000_000, 3) == pytest.approx(share, abs=0.0006)


@given(st.integers(1, 300), st.data())
def test_one_more_deviation_would_have_been_found_often_enough(population: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, population))
    most = most_deviations(population, size, Fraction(95, 100))
    assert comb(population - most, size) * 20 > comb(population, size)
    assert comb(max(population - most - 1, 0), size) * 20 <= comb(population, size)
