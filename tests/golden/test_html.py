"""What the page of a report says, and what it can never be made to do."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from auditctl.catalogue.model import Kind
from auditctl.render.contents import PackContents
from auditctl.render.html import render_html
from auditctl.render.pages import Cell, cut, page_of
from auditctl.resources import bundled
from auditctl.run.dictionary import SeenAction

from .hard import HARD_COLUMNS, HARD_ROWS, hard_contents, write_rows

AGREES = "The extraction agrees with the tables at the read point."
NUMBERS = {
    "loop.index",
    "number",
    "place",
    "first[0]",
    "first[1]",
    "item.place",
    "query_places[evidence.name]",
    "query_places[first]",
}
"""What a template may put into an address: places of controls, tests, queries and rows, which are counted."""
DOES_NOT_SHOW = (
    "This does not show that the tables held every event: Superset drops a row silently when logging fails, users can "
    "suppress or alter rows, and pruning leaves no trace."
)


@pytest.fixture
def contents(tmp_path: Path) -> PackContents:
    return hard_contents(tmp_path)


def test_print_and_screen_say_the_same_words(contents: PackContents) -> None:
    def words(html: str) -> str:
        return html[html.index("<main>") :]

    assert words(render_html(contents, for_print=True)) == words(render_html(contents, for_print=False))


def test_the_page_holds_no_script_but_ours_no_link_away_and_nothing_invisible(contents: PackContents) -> None:
    html = render_html(contents, for_print=False)
    ours = (bundled("templates") / "screen.js").read_text("utf-8")
    assert re.findall(r"<script[^>]*>", html) == ['<script type="module">']
    assert f'<script type="module">{ours}</script>' in html
    assert "<script" not in render_html(contents, for_print=True)
    assert "http:" not in html
    assert all(target.startswith("#") for target in re.findall(r' (?:href|src)="([^"]*)"', html))
    hidden = {char for char in html if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}
    assert hidden == {"\n"}


def test_what_is_to_be_known_of_an_input_file_stands_in_its_tests_and_in_the_list_of_files(
    contents: PackContents,
) -> None:
    html = render_html(contents, for_print=True)
    tests, _, files = html.partition("Appendix B. Input files")
    note = "The leavers file is as of 2026-09-01, 30 days before the period&#39;s end."
    assert (tests.count(note), files.count(note)) == (2, 1)  # two controls have the test
    assert "leavers.csv, 17 rows, as of 2026-09-01, from &lt;b&gt;HR&lt;/b&gt;, " in files


def test_a_waiver_stands_below_its_row_and_nowhere_else(contents: PackContents) -> None:
    html = render_html(contents, for_print=True)
    remark = r"Waiver until 2026-12-31, by CISO: Known: &lt;i&gt;see&lt;/i&gt; RISK-7 \u{1b}"
    assert html.count(f"<p>{remark}</p>") == 1
    row, _, below = html.partition(f"<p>{remark}</p>")
    assert row.rindex("logs:142") > row.rindex("logs:140")
    assert "logs:142" not in below[: below.index("</tr>")]


def test_a_table_that_is_not_whole_says_how_much_it_shows_and_the_hash_of_all(contents: PackContents) -> None:
    html = render_html(contents, for_print=True)
    listing = html[html.index("the first 5 of 14, all in ") :]
    assert "evidence/access_listing/rows.csv" in listing[:120]
    hashed = "SHA-256 of all 14 rows returned, in order: "
    assert f'{hashed}<span class="code">{"c3" * 32}</span>' in listing
    assert html.count("rows returned, in order: ") == 1  # the other tables are whole


def test_no_text_of_a_row_makes_the_register_long(contents: PackContents, tmp_path: Path) -> None:
    rows = ((*HARD_ROWS[0][:9], "r" * 301, "k" * 1_000_301),)
    made = write_rows(tmp_path / "long.parquet", HARD_COLUMNS, rows)
    before = contents.evidence["leavers_active"]
    evidence = replace(before, path=made.path, rows=1, flagged=1)
    results = tuple(
        replace(
            result,
            outcomes=tuple(
                replace(outcome, evidence=evidence) if outcome.evidence is before else outcome
                for outcome in result.outcomes
            ),
        )
        for result in contents.results
    )
    changed = replace(contents, results=results, evidence={**contents.evidence, "leavers_active": evidence})
    register = render_html(changed, for_print=True).partition('<section id="register">')[2].partition("</section>")[0]
    assert f'{"r" * 300}<span class="cut">...(+1 chars; full value in rows.csv)</span>' in register
    assert f'{"k" * 300}<span class="cut">...(+1,000,001 chars; full value in rows.csv)</span>' in register
    assert "r" * 301 not in register


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * 301, 300),
        ("é" * 301, 300),
        ("管" * 301, 100),  # in the PDF ⟨U+7BA1⟩
        ("\x1b" * 301, 100),
        ("a" * 200 + "管" * 101, 277),  # 200 + 77 * 9 = 893
    ],
)
def test_a_page_cuts_a_text_by_the_room_that_it_takes(text: str, kept: int) -> None:
    assert cut(text) == Cell(text[:kept], 301 - kept, "words")


def test_every_link_has_its_anchor(contents: PackContents) -> None:
    html = render_html(contents, for_print=False)
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(re.findall(r'id="([^"]*)"', html))


def test_no_template_lets_text_through_unescaped_or_puts_data_where_code_goes() -> None:
    for path in bundled("templates").iterdir():
        text = path.read_text("utf-8")
        assert "safe" not in re.findall(r"\|\s*(\w+)", text), path
        assert "autoescape" not in text, path
        assert 'style="' not in text, path
        for target in re.findall(r'href="([^"]*)"', text):
            assert set(re.findall(r"{{ (.*?) }}", target)) <= NUMBERS, path


def test_a_browser_uses_the_style_and_the_script_of_the_page_and_no_other(contents: PackContents) -> None:
    html = render_html(contents, for_print=False)
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    ((style, script),) = re.findall(r'<style>(.*)</style>.*<script type="module">(.*)</script>', html, re.DOTALL)
    style_hash, script_hash = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_completeness_sentence_is_printed_word_for_word(contents: PackContents) -> None:
    assert f"{AGREES} {DOES_NOT_SHOW}" in render_html(contents, for_print=True)


def test_counts_that_differ_take_the_agreement_back(contents: PackContents) -> None:
    logs, users = contents.population.tables
    population = replace(contents.population, tables=(replace(logs, counted=51_206), users))
    html = render_html(replace(contents, population=population), for_print=True)
    assert AGREES not in html
    assert "logs: 51,204 extracted, 51,206 counted." in html
    assert DOES_NOT_SHOW in html


def test_an_empty_report_says_why_each_section_is_empty(contents: PackContents) -> None:
    population = replace(
        contents.population, tables=(), redactions={}, unmapped={}, inputs=(), capabilities={}, relations={}
    )
    empty = replace(
        contents, population=population, results=(), not_addressed=(), evidence={}, settings={}, status_reasons=()
    )
    empty = replace(empty, actions=(), redacted_texts=None)
    html = render_html(empty, for_print=True)
    for sentence in (
        "Organisation not declared",
        "No criterion of this framework has a test in this pack.",
        "No table was extracted: no query of this pack reads one.",
        "None: every action in the extract is one that the catalogue knows.",
        "The queries of this pack need nothing that a source may lack.",
        "Nothing: every criterion of the catalogue for this framework has a test in this pack.",
        "No query ran.",
        "None was given: tests that compare with a file are Not evidenced.",
        "All settings had their defaults.",
        "None was made: no query ran.",
        "No row of the log was read one by one, or none lies in the period.",
        "No query of this pack reads SQL.",
    ):
        assert sentence in html


@pytest.mark.parametrize(("kind", "shown"), [(Kind.DEVIATION, 50), (Kind.INDICATOR, 10)])
def test_a_page_shows_the_first_flagged_rows_and_says_where_all_are(
    contents: PackContents, tmp_path: Path, kind: Kind, shown: int
) -> None:
    rows = tuple((*HARD_ROWS[0][:-1], f"logs:{number}") for number in range(60))
    path = write_rows(tmp_path / "many.parquet", HARD_COLUMNS, rows).path
    evidence = contents.evidence["failed_logins"]
    evidence = replace(evidence, query=replace(evidence.query, kind=kind), path=path, rows=60, flagged=60)
    page = page_of(evidence, {})
    assert [row.cells[0].text for row in page.rows] == [f"logs:{number}" for number in range(shown)]
    assert (page.total, page.file) == (60, "evidence/failed_logins/exceptions.csv")


def test_a_listing_shows_five_rows_and_says_where_all_are(contents: PackContents) -> None:
    evidence = contents.evidence["access_listing"]
    assert evidence.query.kind is Kind.LISTING
    page = page_of(evidence, {})
    assert len(page.rows) == 5
    assert (page.total, page.file) == (14, "evidence/access_listing/rows.csv")
    html = render_html(contents, for_print=True)
    assert 'the first 5 of 14, all in <span class="code">evidence/access_listing/rows.csv</span>' in html


def test_the_widths_of_a_table_are_a_hundred_together(contents: PackContents) -> None:
    for evidence in contents.evidence.values():
        assert sum(head.share for head in page_of(evidence, {}).heads) == 100


def test_rows_that_two_tests_share_are_shown_once(contents: PackContents) -> None:
    first = contents.results[0]
    again = replace(first, control=replace(first.control, id="SOC2:CC6.3"), outcomes=first.outcomes[:1])
    html = render_html(replace(contents, results=(first, again)), for_print=True)
    assert html.count("Five failed sign-ins within ten minutes") == 1
    assert 'href="#control-1-test-1">test 1 of SOC2:CC6.1</a>' in html


def test_what_to_look_at_comes_gravest_first_and_leads_to_its_test(contents: PackContents) -> None:
    html = render_html(contents, for_print=True)
    first, _, others = html[html.index("To look at") : html.index('id="scope"')].partition("The other tests")
    assert re.findall(r'class="word">([^<]*)<', first) == ["Error", "Exceptions noted"]
    assert re.findall(r'href="([^"]*)"', first) == ["#control-1-test-4", "#control-1-test-1"]
    assert "5 of 4,310 sign-ins; held in part" in first
    assert re.findall(r'class="word">([^<]*)<', others) == ["No exceptions noted", "No exceptions noted", "Listed"]
    assert re.findall(r'href="([^"]*)"', others) == ["#control-1-test-3", "#control-2-test-1", "#control-1-test-2"]


def test_the_summary_counts_the_tests_by_outcome(contents: PackContents) -> None:
    html = render_html(contents, for_print=True)
    assert "5 tests, by outcome: 1 Error; 1 Exceptions noted; 2 No exceptions noted; 1 Listed." in html


def test_no_number_of_made_up_actions_makes_the_report_long(contents: PackContents) -> None:
    names = [f"made-up-{number:04}" for number in range(1_000)]
    known = next(seen for seen in contents.actions if seen.rule)
    seen = (known, *(SeenAction(name, rows, None) for rows, name in enumerate(names, start=1)))
    population = replace(contents.population, unmapped={name: rows for rows, name in enumerate(names, start=1)})
    html = render_html(replace(contents, actions=seen, population=population), for_print=True)
    method = html[html.index("Actions without a known meaning") : html.index("How values are written")]
    assert re.findall(r"made-up-\d+", method) == names[:-11:-1]
    assert "990 more actions: all are in" in method
    appendix = html[html.index('<section id="actions"') : html.index('<section id="redactions"')]
    # The one that is known, and those with the most rows; 851 were left out, with 1 to 851 rows.
    assert known.action in appendix
    assert re.findall(r"made-up-\d+", appendix) == names[851:]
    assert "851 more actions, of 362,526 rows: all are in" in appendix


def test_a_flagged_row_carries_its_reason_below_it(contents: PackContents) -> None:
    first = page_of(contents.evidence["failed_logins"], {}).rows[0]
    assert first.cells[0].text == "logs:138"
    (label, cell), *_ = first.below[0]
    assert (label, cell.text) == ("Flagged because", "Five failed sign-ins within ten minutes, then a sign-in")


def test_the_register_leads_to_each_row_that_is_shown_and_else_to_the_test(
    contents: PackContents, tmp_path: Path
) -> None:
    rows = tuple((*HARD_ROWS[0][:-1], f"logs:{number}") for number in range(60))
    path = write_rows(tmp_path / "many.parquet", HARD_COLUMNS, rows).path
    evidence = contents.evidence["failed_logins"]
    query = replace(evidence.query, kind=Kind.DEVIATION)
    many = replace(evidence, query=query, path=path, rows=60, flagged=60)
    first, second = contents.results
    outcome = replace(first.outcomes[0], evidence=many)
    html = render_html(
        replace(
            contents,
            evidence={**contents.evidence, "failed_logins": many},
            results=(replace(first, outcomes=(outcome, *first.outcomes[1:])), second),
        ),
        for_print=True,
    )
    assert '<a href="#control-1-test-1-row-50">logs:49</a>' in html
    assert html.index('<tbody id="control-1-test-1-row-50">') < html.index("logs:49")
    assert '<a href="#control-1-test-1">logs:50</a>' in html


def test_each_test_leads_to_the_text_of_its_query(contents: PackContents) -> None:
    html = render_html(contents, for_print=True)
    # Of access_listing, failed_logins and leavers_active, the second.
    assert '<a class="code" href="#query-2">failed_logins</a>' in html
    assert '<section class="query" id="query-2">\n<h3><span class="code">failed_logins</span>' in html
