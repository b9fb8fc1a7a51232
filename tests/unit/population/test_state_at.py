"""Of which instant current state is: of the read point, unless a copy of a database says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditctl.population.model import Population, TableExtract
from tests.queries.seed import NOW, seed

BEFORE = datetime(2026, 9, 1, tzinfo=UTC)
EARLIER = datetime(2026, 8, 1, tzinfo=UTC)
LATER = datetime(2026, 9, 1, 0, 0, 1, tzinfo=UTC)


def population(folder: Path, now: datetime, last_row: datetime | None, *, is_set: bool = True) -> Population:
    """Return a population read at `NOW`, of a source whose last row is of another instant."""
    table = TableExtract("s", "logs, over all time", 1, 1, 0, "0", None, None, last_row, last_row, "", "")
    return replace(seed(folder).population, now=now, now_is_set=is_set, tables=(table,))


@pytest.mark.parametrize("last_row", [EARLIER, BEFORE], ids=["before it", "at it"])
def test_a_copy_whose_last_row_is_before_the_present_that_was_set_has_the_state_of_that_present(
    last_row: datetime, tmp_path: Path
) -> None:
    assert population(tmp_path, BEFORE, last_row).state_at == BEFORE


@pytest.mark.parametrize("last_row", [LATER, None], ids=["a later row", "no row"])
def test_a_present_that_the_rows_do_not_bear_out_is_not_believed(last_row: datetime | None, tmp_path: Path) -> None:
    assert population(tmp_path, BEFORE, last_row).state_at == NOW


def test_a_present_in_the_future_makes_no_state_younger_than_its_reading(tmp_path: Path) -> None:
    assert population(tmp_path, datetime(2027, 1, 1, tzinfo=UTC), EARLIER).state_at == NOW


def test_without_a_present_that_was_set_the_state_is_that_of_the_read_point(tmp_path: Path) -> None:
    assert population(tmp_path, NOW, EARLIER, is_set=False).state_at == NOW
