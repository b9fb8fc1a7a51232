"""The report for those who listen to it, or see little."""

from __future__ import annotations

from itertools import pairwise

import pytest

from .page import Page

# The contrast of WCAG 2: of each text that can be seen, to the nearest background that is not transparent.
_FAINT = """
(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    const colour = e ? getComputedStyle(e).backgroundColor : "rgb(255, 255, 255)";
    return numbers(colour)[3] === 0 ? behind(e.parentElement) : colour;
  };
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    const text = [...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data).join("").trim();
    if (!text || !e.checkVisibility()) continue;
    const [dark, bright] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => a - b);
    if ((bright + 0.05) / (dark + 0.05) < 4.5) faint.push(`${e.className}: ${text}`);
  }
  return faint;
})()
"""


@pytest.mark.parametrize("width", [400, 1280])
def test_every_text_stands_out_from_what_is_behind_it(page: Page, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    page.ask("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    assert page.ask(_FAINT) == []


@pytest.mark.parametrize(("grey", "faint"), [("#767676", False), ("#777777", True)])  # 4.54 and 4.48 on white
def test_the_measure_of_contrast_is_that_of_wcag(page: Page, grey: str, faint: bool) -> None:
    page.ask(f"document.styleSheets[0].insertRule('#not-addressed p {{ color: {grey} }}', 0)")
    found = page.ask(_FAINT)
    assert any("can say nothing about these" in text for text in found) is faint


def test_headings_go_down_one_level_at_a_time(page: Page) -> None:
    levels = page.ask("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((e) => Number(e.localName[1]))")
    assert (levels[0], levels.count(1)) == (1, 1)
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_the_page_has_a_language_a_title_and_its_landmarks(page: Page) -> None:
    assert page.ask("document.documentElement.lang") == "en"
    assert page.ask("document.title") == "SOC 2, 2026-Q3: Example Health & Söhne"
    for name in ("body > .side > header", "nav[aria-label=Contents]", "main"):
        assert page.ask(f"document.querySelectorAll({name!r}).length") == 1


def test_the_first_key_leads_past_the_contents(page: Page) -> None:
    page.press("Tab")
    assert page.ask("document.activeElement.getBoundingClientRect().width") > 100
    page.press("Enter")
    assert page.ask("location.hash") == "#summary"


def test_every_head_of_a_table_says_of_what_it_is_the_head(page: Page) -> None:
    assert page.ask("document.querySelectorAll('th').length") > 10
    assert page.ask("document.querySelectorAll('th:not([scope])').length") == 0


def test_everything_that_can_be_used_has_a_name_of_its_own(page: Page) -> None:
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in tree if node.get("role", {}).get("value") in {"button", "link", "searchbox", "region"}]
    names = [(node["role"]["value"], node["name"]["value"]) for node in used]
    assert {role for role, _ in names} >= {"button", "link", "searchbox"}
    assert [role for role, name in names if not name.strip()] == []
    searches = [name for role, name in names if role == "searchbox"]
    assert len(searches) == len(set(searches))
