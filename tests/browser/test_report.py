"""The report in a browser: what paper cannot do, what it does without scripts, and what it never does."""

from __future__ import annotations

import json

import pytest

from .made import ROWS
from .page import Page

TEST = "#control-1-test-1"
ROW_KEYS = f"{TEST} .evidence tbody tr:first-child td:first-child > .code"
IN_ORDER = ["logs:9", "logs:10", "logs:101", "logs:11", "logs:12", "logs:100"]


def place_of(page: Page, label: str) -> int:
    return [text.strip() for text in page.texts(f"{TEST} .evidence th")].index(label) + 1


def sort_button(page: Page, label: str) -> str:
    return f"{TEST} .evidence th:nth-child({place_of(page, label)}) button"


@pytest.mark.parametrize(
    ("label", "ascending", "descending"),
    [
        (
            "Rows read",
            ["logs:11", "logs:100", "logs:9", "logs:12", "logs:10", "logs:101"],  # -1 3 9 20 100, none
            ["logs:10", "logs:12", "logs:9", "logs:100", "logs:11", "logs:101"],
        ),
        (
            "Took",
            ["logs:10", "logs:100", "logs:12", "logs:9", "logs:101", "logs:11"],  # 7 12 900 1,114 86,400,000, none
            ["logs:101", "logs:9", "logs:12", "logs:100", "logs:10", "logs:11"],
        ),
        (
            "Time (UTC)",
            ["logs:11", "logs:12", "logs:9", "logs:10", "logs:100", "logs:101"],
            ["logs:100", "logs:10", "logs:9", "logs:12", "logs:11", "logs:101"],
        ),
        ("Row", ["logs:9", "logs:10", "logs:11", "logs:12", "logs:100", "logs:101"], None),
    ],
)
def test_a_column_sorts_by_what_it_holds_and_empty_cells_stay_last(
    page: Page, label: str, ascending: list[str], descending: list[str] | None
) -> None:
    button = sort_button(page, label)
    head = f"document.querySelector({button!r}).parentNode.getAttribute('aria-sort')"
    assert (page.texts(ROW_KEYS), page.ask(head)) == (IN_ORDER, None)
    page.click(button)
    assert (page.texts(ROW_KEYS), page.ask(head)) == (ascending, "ascending")
    page.click(button)
    assert (page.texts(ROW_KEYS), page.ask(head)) == (descending or ascending[::-1], "descending")
    page.click(button)
    assert (page.texts(ROW_KEYS), page.ask(head)) == (IN_ORDER, None)


def test_what_stands_below_a_row_goes_with_it(page: Page) -> None:
    page.click(sort_button(page, "Rows read"))
    first = page.texts(f"{TEST} .evidence tbody")[0]
    assert "logs:11" in first
    assert "on a holiday" in first


def test_outcomes_sort_by_their_rank(page: Page) -> None:
    words = ["Error", "Exceptions noted", "Not evidenced", "Items for review"]
    page.click(".first th:nth-child(2) button")
    assert page.texts(".first .word") == words
    page.click(".first th:nth-child(2) button")
    assert page.texts(".first .word") == words[::-1]


def test_the_keyboard_alone_reaches_a_column_and_sorts(page: Page) -> None:
    wanted = json.dumps(sort_button(page, "Rows read"))
    for _ in range(100):
        page.press("Tab")
        if page.ask(f"document.activeElement === document.querySelector({wanted})"):
            break
    assert page.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    assert page.texts(ROW_KEYS)[0] == "logs:11"


def test_a_filter_hides_rows_and_says_how_many_are_left(page: Page) -> None:
    page.click(f"{TEST} input[type=search]")
    page.type("HOLIDAY logs")
    assert page.texts(ROW_KEYS) == ["logs:11", "logs:12"]
    assert page.texts(f"{TEST} .tools [role=status]") == ["2 of 6 rows shown"]
    assert page.ask(f"document.querySelector('{TEST} input').labels[0].textContent.trim()") == "Filter"


def test_a_link_to_a_row_that_is_filtered_out_shows_it(page: Page) -> None:
    page.click(f"{TEST} input[type=search]")
    page.type("holiday")
    page.click("#register-1 a")
    page.until("document.querySelector(':target')?.checkVisibility()")
    assert page.texts(":target td:first-child > .code") == ["logs:9"]
    assert page.texts(ROW_KEYS) == IN_ORDER


def test_a_row_leads_to_the_register_and_back(page: Page) -> None:
    page.click("#register-3 a")
    assert page.ask("location.hash") == f"{TEST}-row-3"
    assert page.texts(f"{TEST}-row-3 .jump") == ["No. 3 in the register"]
    page.click(f"{TEST}-row-3 .jump")
    assert page.ask("location.hash") == "#register-3"


def test_a_control_leads_to_the_rows_of_its_tests_and_back(page: Page) -> None:
    page.click("#control-1 nav li:nth-child(2) a")
    assert page.ask("location.hash") == "#control-1-test-2-rows"
    page.click("#control-1-test-2 .tools .jump")
    assert page.ask("location.hash") == "#control-1"


def test_a_test_opens_the_text_of_its_query_which_leads_back(page: Page) -> None:
    assert page.texts("#queries pre") == []
    page.click(f"{TEST} a[href='#query-2']")
    page.until("document.querySelector('#query-2 pre').checkVisibility()")
    (sql,) = page.texts("#queries pre")
    assert sql.startswith("SELECT occurred_at, source_ref\nFROM sign_ins\n")
    page.click("#query-2 .jump")
    assert page.ask("location.hash") == TEST


def test_a_hash_goes_to_the_clipboard(page: Page) -> None:
    page.browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.click(".pack-id .copy")
    page.until("document.querySelector('.pack-id .copy').textContent === 'Copied'")
    assert page.ask("navigator.clipboard.readText()") == "f6" * 32


def test_where_there_is_no_clipboard_the_hash_is_selected(page: Page) -> None:
    page.ask("Object.defineProperty(navigator, 'clipboard', { value: undefined }) && 0")
    page.click(".pack-id .copy")
    assert page.ask("String(getSelection())").strip() == "f6" * 32
    assert page.texts(".unseen")[-1].startswith("Selected hash f6f6f6f6")


def test_the_contents_follow_the_reader(page: Page) -> None:
    page.ask("document.querySelector('#control-2').scrollIntoView()")
    page.until("document.querySelector('[aria-current]')?.hash === '#control-2'")
    assert page.texts("[aria-current]") == ["SOC2:CC8.1"]


def test_text_of_the_database_stays_text(page: Page) -> None:
    accounts = page.texts(f"{TEST} .evidence td:nth-child({place_of(page, 'Account')}) .words")
    assert accounts == [row[1] for row in ROWS]
    assert page.ask("typeof owned") == "undefined"
    assert page.ask("document.querySelectorAll('img, [onfocus], [autofocus], script:not([type=module])').length") == 0


def test_a_script_that_got_in_would_not_run(page: Page) -> None:
    page.ask("document.body.append(Object.assign(document.createElement('script'), { textContent: 'owned = 1' }))")
    page.ask("document.body.setAttribute('onclick', 'owned = 1')")
    page.click("h1")
    assert page.ask("typeof owned") == "undefined"
    assert len(page.complaints()) == 2


def test_nothing_is_fetched_and_nothing_complained_of(page: Page, report: str) -> None:
    assert set(page.fetched()) == {report}
    assert page.complaints() == []


def test_without_scripts_every_row_is_there_and_nothing_that_would_not_work(empty: Page, report: str) -> None:
    empty.call("Emulation.setScriptExecutionDisabled", value=True)
    empty.open(report)
    assert empty.texts(ROW_KEYS) == IN_ORDER
    assert len(empty.texts(".register tbody tr")) == len(ROWS)
    assert empty.texts("button, input, .jump") == []
    empty.click("#query-2 summary")
    assert len(empty.texts("#queries pre")) == 1


@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_never_scrolls_sideways(page: Page, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    page.ask("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    assert page.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_a_table_that_is_wider_than_the_window_can_be_scrolled_by_keyboard_and_says_so(page: Page) -> None:
    box = f"document.querySelector('{TEST} .scroll')"
    assert page.ask(f"[{box}.tabIndex, {box}.role]") == [-1, None]
    page.call("Emulation.setDeviceMetricsOverride", width=400, height=900, deviceScaleFactor=1, mobile=False)
    page.until(f"{box}.tabIndex === 0")
    assert page.ask(f"{box}.role") == "region"
    assert page.texts(f"{TEST} .hint") == ["Wider than the page: scroll it sideways."]


def test_on_paper_every_row_and_text_is_there_and_no_control(page: Page) -> None:
    page.click(f"{TEST} input[type=search]")
    page.type("holiday")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.texts(ROW_KEYS) == IN_ORDER
    assert len(page.texts("#queries pre")) == 4
    assert page.texts("input, .copy, .jump, .tools, .side, summary") == []
