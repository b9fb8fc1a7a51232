"""The PDF of a report, from its HTML; nothing is fetched, and the same HTML gives the same bytes."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from auditctl.errors import OutputError
from auditctl.render.fonts import drawable

_NEEDS = "Install Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0, Fedora: pango, macOS: brew install pango)"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def render_pdf(html: str, *, identifier: bytes) -> bytes:
    """Return a tagged PDF; `identifier` stands in for the random one that PDF writers make.

    A character that the fonts lack is written as its code point, such as ⟨U+7BA1⟩: it would be an empty box.

    Raises:
        OutputError: Pango or the fonts are missing, or the HTML refers to something outside itself.
    """
    try:
        with warnings.catch_warnings():
            # Which library will subset fonts in its next version is WeasyPrint's business, not the reader's.
            warnings.simplefilter("ignore", DeprecationWarning)
            # That there are no fonts is said by drawable, in one line.
            warnings.filterwarnings("ignore", "No fonts configured|FontConfig cannot load", UserWarning)
            from weasyprint import HTML
            from weasyprint.urls import FatalURLFetchingError, URLFetcher
    except (ImportError, OSError) as error:
        raise OutputError("cannot make a PDF: WeasyPrint finds no Pango on this system", hint=_NEEDS) from error
    refusing = URLFetcher(allowed_protocols=set(), allow_redirects=False, fail_on_errors=True)
    try:
        page = HTML(string=_with_glyphs(html), url_fetcher=refusing)
        with _fonts_without_clock():
            written: bytes = page.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    except FatalURLFetchingError as error:
        raise OutputError("cannot make a PDF: the page refers to a resource outside itself") from error
    return written


@contextmanager
def _fonts_without_clock() -> Iterator[None]:
    """Keep the present out of the embedded fonts: fontTools stamps each with it unless this variable is set."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


def _with_glyphs(html: str) -> str:
    glyphs = drawable()

    def shown(match: re.Match[str]) -> str:
        return match[0] if ord(match[0]) in glyphs else f"⟨U+{ord(match[0]):04X}⟩"

    return _BEYOND_ASCII.sub(shown, html)
