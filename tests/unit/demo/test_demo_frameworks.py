"""The demo's story, told by every framework that asks for it: each planted thing under the right word."""

from __future__ import annotations

import pytest

from auditctl.assess.framework import assess_framework
from auditctl.assess.model import Word
from auditctl.catalogue.load import load_catalogue
from auditctl.settings import load_settings
from tests.fixture.built import Built

from .made import Demo

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


@pytest.mark.parametrize("framework", sorted(TOLD))
def test_a_framework_tells_the_story_under_the_right_words(framework: str, told: Built, demo: Demo) -> None:
    settings = load_settings(demo.files.settings, {})
    catalogue = load_catalogue()
    results, _ = assess_framework(catalogue.find_framework(framework), catalogue, settings, told.population, None)
    words = {
        outcome.test.query: outcome.word
        for result in results
        for outcome in result.outcomes
        if not outcome.test.parameters
    }
    assert {name: words[name] for name in words if name in STORY} == {name: STORY[name] for name in TOLD[framework]}
    assert Word.ERROR not in {outcome.word for result in results for outcome in result.outcomes}
