"""The servers of the tests, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from scripts.hardening import record

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(scope="session")
def counts(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Return what is counted; it is recorded where all tests of the run have passed."""
    found: Counter[str] = Counter()
    yield found
    if not request.session.testsfailed:
        record("walls", dict(sorted(found.items())))
