"""The register: every flagged row once, with all the controls that it belongs to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from auditctl.assess.model import ControlResult, Outcome
from auditctl.catalogue.model import Kind
from auditctl.render.html import render_html
from auditctl.render.register import register_of
from tests.golden.hard import hard_contents


def test_every_flagged_row_is_there_once_with_what_identifies_it(tmp_path: Path) -> None:
    items = list(register_of(hard_contents(tmp_path)))
    assert [item.key for item in items] == ["logs:138", "logs:139", "logs:140", "logs:142", "query:7"]
    assert [item.place for item in items] == [1, 2, 3, 4, 5]
    assert {(item.evidence, item.kind, item.controls) for item in items} == {
        ("failed_logins", Kind.INDICATOR, ("SOC2:CC6.1",))
    }
    assert items[1].reason == "No account"
    assert [item.key for item in items if item.waiver] == ["logs:142"]
    assert items[3].waiver == "Waiver until 2026-12-31, by CISO: Known: <i>see</i> RISK-7 \x1b"


def test_a_row_that_two_controls_share_names_both(tmp_path: Path) -> None:
    contents = hard_contents(tmp_path)
    first, second = contents.results
    shared: Outcome = first.outcomes[0]
    both: tuple[ControlResult, ...] = (first, replace(second, outcomes=(shared, *second.outcomes)))
    items = list(register_of(replace(contents, results=both)))
    assert len(items) == 5
    assert {item.controls for item in items} == {("SOC2:CC6.1", "SOC2:CC8.1")}


def test_a_report_without_exceptions_says_what_that_does_not_mean(tmp_path: Path) -> None:
    contents = hard_contents(tmp_path)
    assert list(register_of(contents, Kind.DEVIATION)) == []
    page = render_html(contents, for_print=True)
    assert "No test noted an exception. Tests that are Not evidenced could not have noted one." in page
