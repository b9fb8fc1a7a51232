"""The PDF of a report, from its HTML; nothing is fetched, and the same HTML gives the same bytes."""

from __future__ import annotations

import gc
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditctl.apart import Tell, run_apart
from auditctl.errors import OutputError
from auditctl.render.fonts import drawable, only_these
from auditctl.render.variant import PdfVariant
from auditctl.workspace import private_folder

_NEEDS = "Install Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0, Fedora: pango, macOS: brew install pango)"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def render_pdf(html: str, *, identifier: bytes, variant: PdfVariant = PdfVariant.ARCHIVE) -> bytes:
    """Return a tagged PDF; `identifier` stands in for the random one that PDF writers make.

    A character that the fonts lack is written as its code point, such as ⟨U+7BA1⟩: it would be an empty box.

    Raises:
        OutputError: Pango or the fonts are missing, or the HTML refers to something outside itself.
    """
    shown = _with_glyphs(html)
    with private_folder() as folder, _surroundings(only_these(folder)):
        try:
            with warnings.catch_warnings():
                # Which library will subset fonts in its next version is WeasyPrint's business, not the reader's.
                warnings.simplefilter("ignore", DeprecationWarning)
                from weasyprint import HTML
                from weasyprint.urls import FatalURLFetchingError, URLFetcher
        except (ImportError, OSError) as error:
            raise OutputError("cannot make a PDF: WeasyPrint finds no Pango on this system", hint=_NEEDS) from error
        refusing = URLFetcher(allowed_protocols=set(), allow_redirects=False, fail_on_errors=True)
        try:
            page = HTML(string=shown, url_fetcher=refusing)
            kind = None if variant is PdfVariant.PLAIN else variant.value
            written: bytes = page.write_pdf(pdf_identifier=identifier, pdf_tags=True, pdf_variant=kind)
        except FatalURLFetchingError as error:
            raise OutputError("cannot make a PDF: the page refers to a resource outside itself") from error
    return written


def render_pdf_apart(html: str, *, identifier: bytes, variant: PdfVariant = PdfVariant.ARCHIVE) -> bytes:
    """Return what `render_pdf` returns, drawn in a process of its own: a page of a report takes it much memory.

    Raises:
        OutputError: as `render_pdf`; or that process ended early, such as for want of memory.
    """
    return run_apart(_draw, lambda: None, html, identifier, variant)


def _draw(_tell: Tell, html: str, identifier: bytes, variant: PdfVariant) -> bytes:
    gc.disable()  # a third of WeasyPrint's time is looking for cycles, and this process is gone before they matter
    return render_pdf(html, identifier=identifier, variant=variant)


@contextmanager
def _surroundings(fonts: Path) -> Iterator[None]:
    """Keep the machine and the present out of the page: its fonts, and the time that fontTools stamps on a font."""
    ours = {"FONTCONFIG_FILE": str(fonts), "SOURCE_DATE_EPOCH": "0"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _with_glyphs(html: str) -> str:
    # A bracket in a text is written as its code point too: else nobody could tell ⟨U+7BA1⟩ that somebody typed.
    glyphs = drawable() - {ord("⟨")}

    def shown(match: re.Match[str]) -> str:
        return match[0] if ord(match[0]) in glyphs else f"⟨U+{ord(match[0]):04X}⟩"

    return _BEYOND_ASCII.sub(shown, html)
