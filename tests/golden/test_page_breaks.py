"""Where the pages of the PDF end."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdf

from auditctl.render.assets import style
from auditctl.render.pdf import render_pdf

from .conftest import IDENTIFIER

ROWS = """
<section style="break-before: page"><div style="height: {height}mm"></div>
<h4>Exceptions</h4>
<table class="evidence">
<thead><tr><th scope="col">Row</th></tr></thead>
<tbody><tr><td>first{height}</td></tr>
<tr class="below"><td><p>below{height}<br>line<br>end{height}</p></td></tr></tbody>
</table>
</section>
"""
HEADED = """
<section style="break-before: page"><div style="height: {height}mm"></div>
<h2>Heading{height}</h2>
<p>What the table shows.</p>
<table><thead><tr><th scope="col">Row</th></tr></thead>
<tbody><tr><td>first{height}<br>line<br>line<br>end{height}</td></tr></tbody></table>
</section>
"""
# The page's text is 247 mm high: the heads stand whole above the foot, at the foot, and not at all.
HEIGHTS = range(210, 248, 2)


def pages_of(section: str) -> Iterator[tuple[int, set[str]]]:
    """Yield per height the words of the page on which the first row of the section's table stands."""
    head = f'<html lang="en"><title>x</title><style>{style(for_print=True).text}</style>'
    written = render_pdf(head + "".join(section.format(height=height) for height in HEIGHTS), identifier=IDENTIFIER)
    pages = [set(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(written)).pages]
    for height in HEIGHTS:
        (page,) = [words for words in pages if f"first{height}" in words]
        yield height, page


def test_a_row_what_stands_below_it_and_its_heads_are_on_one_page() -> None:
    for height, page in pages_of(ROWS):
        assert {f"below{height}", f"end{height}", "Exceptions", "Row"} <= page, height


def test_a_heading_and_the_words_below_it_stand_with_the_table_that_they_are_of() -> None:
    for height, page in pages_of(HEADED):
        assert {f"Heading{height}", "shows.", f"end{height}"} <= page, height
