"""The demo's story, told by every framework that asks for it: each planted thing under the right word."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditctl.assess.framework import assess_framework
from auditctl.assess.model import Word
from auditctl.catalogue.load import load_catalogue
from auditctl.period import Period
from auditctl.settings import Settings, load_settings
from tests.fixture.built import Built, build

from .made import Demo

# Q3 in Berlin.
QUARTER = Period(
    "2026-Q3", datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC), "Europe/Berlin"
)
# A leaver who came back, an administrator on no list, a day in July without a row, a burst of failures that
# ended in a success, an export of patient data, a report that goes outside, somebody who put himself into a group.
STORY = {
    "leavers_active": Word.EXCEPTIONS,
    "admins_not_approved": Word.EXCEPTIONS,
    "log_coverage": Word.EXCEPTIONS,
    "success_after_failures": Word.ITEMS,
    "exports_outside_list": Word.EXCEPTIONS,
    "schedules_outside": Word.EXCEPTIONS,
    "self_granted_access": Word.EXCEPTIONS,
    "unattributed_activity": Word.ITEMS,
    "unconfirmed_browser_reports": Word.ITEMS,
}
TOLD = {
    "soc2": set(STORY),
    "hipaa": set(STORY),
    "iso27001": set(STORY),
    "nist-800-53": set(STORY) - {"schedules_outside"},
    "pci-dss": set(STORY) - {"schedules_outside", "exports_outside_list"},
}


@pytest.fixture(scope="session")
def told(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, Settings]:
    settings = load_settings(demo.files.settings, {})
    workspace = tmp_path_factory.mktemp("told")
    return build(demo.files.database, workspace, load_catalogue(), settings, period=QUARTER), settings


@pytest.mark.parametrize("framework", sorted(TOLD))
def test_a_framework_tells_the_story_under_the_right_words(framework: str, told: tuple[Built, Settings]) -> None:
    built, settings = told
    catalogue = load_catalogue()
    results, _ = assess_framework(catalogue.find_framework(framework), catalogue, settings, built.population, None)
    words = {
        outcome.test.query: outcome.word
        for result in results
        for outcome in result.outcomes
        if not outcome.test.parameters
    }
    assert {name: words[name] for name in words if name in STORY} == {name: STORY[name] for name in TOLD[framework]}
    assert Word.ERROR not in {outcome.word for result in results for outcome in result.outcomes}
