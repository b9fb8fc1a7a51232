"""Where the pages of the PDF end."""

from __future__ import annotations

import io

import pypdf

from auditctl.render.assets import style
from auditctl.render.pdf import render_pdf

from .conftest import IDENTIFIER

SECTION = """
<section style="break-before: page"><div style="height: {height}mm"></div>
<h4>Exceptions</h4>
<table class="evidence">
<thead><tr><th scope="col">Row</th></tr></thead>
<tbody><tr><td>first{height}</td></tr><tr class="below"><td><p>below{height}<br>line<br>end{height}</p></td></tr></tbody>
</table>
</section>
"""
# The page's text is 247 mm high: the heads stand whole above the foot, at the foot, and not at all.
HEIGHTS = range(210, 248, 2)


def test_a_row_what_stands_below_it_and_its_heads_are_on_one_page() -> None:
    head = f'<html lang="en"><title>x</title><style>{style(for_print=True).text}</style>'
    written = render_pdf(head + "".join(SECTION.format(height=height) for height in HEIGHTS), identifier=IDENTIFIER)
    pages = [page.extract_text().split() for page in pypdf.PdfReader(io.BytesIO(written)).pages]
    for height in HEIGHTS:
        (page,) = [words for words in pages if f"first{height}" in words]
        assert {f"below{height}", f"end{height}", "Exceptions", "Row"} <= set(page), height
