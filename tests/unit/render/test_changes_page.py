"""How the outcome of a test stands in the changes since the previous pack."""

from __future__ import annotations

import pytest

from auditctl.assess.changes import OutcomeFacts
from auditctl.render.changes import result


@pytest.mark.parametrize(
    ("outcome", "counts", "said"),
    [
        ("Exceptions noted", (1, 12, 4_110), "Exceptions noted: 12 flagged, 1 row, population 4,110"),
        # A listing tests nothing, and no word says that it did.
        ("Listed", (41, None, 4_110), "Listed: 41 rows, population 4,110"),
        ("Error", (None, None, None), "Error"),
    ],
)
def test_an_outcome_stands_with_what_was_counted(outcome: str, counts: tuple[int | None, ...], said: str) -> None:
    rows, flagged, population = counts
    facts = OutcomeFacts("SOC2:CC6.1", "exports", "List exports.", outcome, "exports", rows, flagged, population, True)
    assert result(facts) == said
    assert result(None) == "not part of the report"
