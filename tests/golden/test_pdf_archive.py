"""What makes the PDF one that archives and screen readers take: PDF/A-3b, tagged, and closed in itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from xml.etree import ElementTree

import pypdf
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from auditctl.render.pdf import render_pdf
from auditctl.render.variant import PdfVariant

from .conftest import IDENTIFIER
from .objects import dictionaries

NAMES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
OWNER = "Example Health & Söhne"
TITLE = f"SOC 2, 2026-Q3: {OWNER}"
SMALL = '<html lang="en"><title>x</title><p>x'


@pytest.fixture(scope="module")
def reader(written: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(written))


@pytest.fixture(scope="module")
def root(reader: pypdf.PdfReader) -> Any:
    return reader.trailer["/Root"]


def metadata(root: Any) -> ElementTree.Element:
    return ElementTree.fromstring(root["/Metadata"].get_data())


def marks(root: Any) -> dict[str, str]:
    """Return what the metadata claims to be."""
    found: dict[str, str] = {}
    for description in metadata(root).iter(f"{{{NAMES['rdf']}}}Description"):
        for short in ("pdfaid", "pdfuaid"):
            space = f"{{{NAMES[short]}}}"
            found |= {
                f"{short}:{name.removeprefix(space)}": value
                for name, value in description.items()
                if name.startswith(space)
            }
    return found


def test_it_says_that_it_is_pdf_a_3b(root: Any) -> None:
    assert marks(root) == {"pdfaid:part": "3", "pdfaid:conformance": "B"}


@pytest.mark.parametrize(
    ("variant", "expected"), [(PdfVariant.ACCESSIBLE, {"pdfuaid:part": "1"}), (PdfVariant.PLAIN, None)]
)
def test_another_variant_says_what_it_is_and_is_tagged_too(
    variant: PdfVariant, expected: dict[str, str] | None
) -> None:
    written = render_pdf(SMALL, identifier=IDENTIFIER, variant=variant)
    root: Any = pypdf.PdfReader(io.BytesIO(written)).trailer["/Root"]
    assert (marks(root) if "/Metadata" in root else None) == expected
    assert root["/MarkInfo"]["/Marked"]


def test_its_colours_are_those_of_an_srgb_profile_inside_it(root: Any) -> None:
    (intent,) = root["/OutputIntents"]
    profile = intent["/DestOutputProfile"].get_object()
    assert (intent["/S"], profile["/N"]) == ("/GTS_PDFA1", 3)
    data = profile.get_data()
    assert (data[16:20], data[36:40]) == (b"RGB ", b"acsp")


def test_title_author_and_time_are_those_of_the_report(reader: pypdf.PdfReader, root: Any) -> None:
    info: Any = reader.metadata
    assert (info.title, info.author, info.creator) == (TITLE, OWNER, "auditctl 0.1.0")
    assert info.creation_date == datetime(2026, 10, 2, 8, 31, 2, tzinfo=UTC)
    assert metadata(root).findtext(".//dc:title//rdf:li", namespaces=NAMES) == TITLE
    assert metadata(root).findtext(".//xmp:CreateDate", namespaces=NAMES) == "2026-10-02T08:31:02+00:00"
    assert (root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("en", True)


def test_every_glyph_is_in_its_embedded_font_and_as_wide_as_the_page_says(reader: pypdf.PdfReader) -> None:
    fonts = {
        font.indirect_reference.idnum: font.get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    glyphs = 0
    for font in fonts.values():
        drawn = font["/DescendantFonts"][0].get_object()
        embedded = TTFont(io.BytesIO(drawn["/FontDescriptor"]["/FontFile2"].get_data()))
        order, unit = embedded.getGlyphOrder(), embedded["head"].unitsPerEm / 1000
        for glyph, width in widths(drawn["/W"]):
            glyphs += 1
            assert glyph < len(order), font["/BaseFont"]
            assert abs(width - embedded["hmtx"][order[glyph]][0] / unit) <= 1, font["/BaseFont"]
    assert glyphs > 150


def widths(array: Any) -> Iterator[tuple[int, float]]:
    """Yield glyph and width of a /W array, which is first, [widths] or first, last, width."""
    entries = iter(array)
    for first in entries:
        following = next(entries)
        if isinstance(following, list):
            yield from ((first + offset, float(width)) for offset, width in enumerate(following))
        else:
            (width,) = islice(entries, 1)
            yield from ((glyph, float(width)) for glyph in range(first, following + 1))


def test_nothing_in_it_runs_fetches_or_is_attached(reader: pypdf.PdfReader) -> None:
    found = list(dictionaries(reader))
    assert len(found) > 500
    kinds = {one["/Subtype"] for one in found if one.get("/Type") == "/Annot"}
    assert kinds == {"/Link"}
    forbidden = {"/A", "/AA", "/OpenAction", "/JS", "/JavaScript", "/URI", "/F", "/EF", "/EmbeddedFiles", "/AF"}
    assert {key for one in found for key in one if one.get("/Type") != "/Annot"} & forbidden == {"/A"}  # see below
    assert {one["/A"]["/O"] for one in found if "/A" in one} == {"/Table"}  # what a tag says of a cell, no action


def test_its_tags_tell_headings_tables_and_their_heads(reader: pypdf.PdfReader) -> None:
    tags = [one["/S"] for one in dictionaries(reader) if one.get("/Type") == "/StructElem"]
    assert tags.count("/H1") == 1
    assert {"/H2", "/H3", "/P", "/Table", "/THead", "/TH", "/TD", "/Link", "/Sect"} <= set(tags)
