"""The PDF of the hard report: nothing lost, nothing fetched, the same bytes each time."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest

from auditctl.errors import OutputError
from auditctl.render import html as html_module
from auditctl.render.assets import style
from auditctl.render.fonts import drawable
from auditctl.render.pdf import render_pdf
from auditctl.resources import bundled

from .conftest import IDENTIFIER
from .objects import dictionaries

RENDER = """
import sys
from pathlib import Path
from auditctl.errors import OutputError
from auditctl.render.pdf import render_pdf
try:
    Path(sys.argv[2]).write_bytes(render_pdf(Path(sys.argv[1]).read_text("utf-8"), identifier=bytes(range(16))))
except OutputError as error:
    sys.exit(error.diagnostics()[0])
"""


@pytest.fixture(scope="module")
def pages(written: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(written)).pages]


def run_apart(html: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "page.html").write_text(html, "utf-8")
    return subprocess.run(
        [sys.executable, "-c", RENDER, folder / "page.html", folder / "page.pdf"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def flat(outline: Sequence[Any]) -> Iterator[Any]:
    for entry in outline:
        yield from flat(entry) if isinstance(entry, list) else [entry]


def test_every_page_says_its_number_its_pack_and_its_status(pages: list[str]) -> None:
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"INTERIM, page {number} of {len(pages)}" in page
        assert "f6" * 32 in page


def test_a_long_word_is_cut_where_everybody_sees_it(pages: list[str]) -> None:
    # 300 of the 10,000 characters are shown, in the reason and in the statement of logs:142.
    whole = " ".join(pages)
    assert whole.count("(+9,700 chars; full value in rows.csv)") == 2
    shown = re.search(r"Flagged because: ([x ]+)\.\.\.", whole)
    assert shown is not None
    assert shown[1].count("x") == 300


def test_a_character_without_a_glyph_is_written_as_its_code_point(pages: list[str]) -> None:
    whole = "".join(pages).replace(" ", "")
    assert "⟨U+7BA1⟩⟨U+7406⟩⟨U+8005⟩" in whole
    assert "ExampleHealth&Söhne" in whole


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë Söhne Łukasz Şahin Nguyễn", "Zoë Söhne Łukasz Şahin Nguyễn"),
        ("Ελένη Παππά", "Ελένη Παππά"),
        ("Юлия Ковальчук", "Юлия Ковальчук"),
        ("管", "⟨U+7BA1⟩"),
        ("م", "⟨U+0645⟩"),
        ("⟨U+7BA1⟩", "⟨U+27E8⟩U+7BA1⟩"),  # somebody typed it
        ("\N{OWL}", "⟨U+1F989⟩"),
        ("\N{WOMAN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", "⟨U+1F469⟩⟨U+1F3FD⟩"),
    ],
)
@pytest.mark.parametrize("element", ["p", "b", "code"])
def test_a_name_can_be_read_or_is_written_as_code_points(name: str, shown: str, element: str) -> None:
    style = (
        "<style>p, b { font-family: 'Source Sans 3' } code { font-family: 'Source Code Pro', 'Source Sans 3' }</style>"
    )
    page = f'<html lang="en"><title>x</title>{style}<{element}>{name}</{element}>'
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(page, identifier=IDENTIFIER)))
    assert reader.pages[0].extract_text().strip() == shown


def test_the_fonts_have_every_character_that_is_our_own() -> None:
    texts = [path.read_text("utf-8") for path in bundled("templates").iterdir()]
    texts.append(Path(html_module.__file__).read_text("utf-8"))
    assert {character for text in texts for character in unescape(text) if ord(character) >= 128} <= {
        chr(point) for point in drawable()
    }


def test_hostile_text_stays_visible_text(pages: list[str]) -> None:
    whole = "".join(pages).replace(" ", "")
    assert r"a\u{0}b\u{200b}" in whole
    assert "<script>alert(1)</script>" in whole
    assert "{{7*7}}" in whole


def test_the_contents_on_the_cover_name_the_pages(pages: list[str]) -> None:
    for title in ("Result summary", "Scope and system", "Method and completeness", "SOC2:CC6.1", "Sign-off", "Queries"):
        found = re.search(rf"{title} (\d+)", pages[0])
        assert found is not None, title
        assert title in pages[int(found[1]) - 1]
        assert int(found[1]) > 1


def test_a_day_that_is_not_held_is_hatched() -> None:
    def is_hatched(state: str) -> bool:
        head = f'<html lang="en"><title>x</title><style>{style(for_print=True).text}</style>'
        written = render_pdf(f'{head}<p><span class="day {state}">1</span>', identifier=IDENTIFIER)
        return any("/ShadingType" in one for one in dictionaries(pypdf.PdfReader(io.BytesIO(written))))

    assert not is_hatched("held")
    assert is_hatched("not-held")


def test_headings_become_bookmarks_and_tags(written: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(written))
    assert [entry.title for entry in flat(reader.outline)][:3] == ["SOC 2", "Result summary", "To look at"]
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"


def test_another_process_writes_the_same_bytes(html: str, written: bytes, tmp_path: Path) -> None:
    done = run_apart(html, tmp_path, PYTHONHASHSEED="7", TZ="Asia/Tokyo")
    assert done.stderr == ""
    assert (tmp_path / "page.pdf").read_bytes() == written


@pytest.mark.parametrize(
    "element",
    [
        '<img src="file:///etc/hostname">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<p style="background: url(http://localhost:9/x)">x</p>',
        "<style>@import url(data:text/css,p{color:red})</style>",
    ],
)
def test_nothing_outside_the_page_is_fetched(element: str) -> None:
    with pytest.raises(OutputError, match="resource outside itself"):
        render_pdf(f'<html lang="en"><title>x</title><body>{element}', identifier=IDENTIFIER)


def test_a_machine_without_any_font_writes_the_same_bytes(html: str, written: bytes, tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
    done = run_apart(html, tmp_path, FONTCONFIG_FILE=str(tmp_path / "fonts.conf"))
    assert done.stderr == ""
    assert (tmp_path / "page.pdf").read_bytes() == written


def test_only_the_fonts_of_the_report_are_in_it_each_embedded(written: bytes) -> None:
    fonts: dict[str, bool] = {}
    for page in pypdf.PdfReader(io.BytesIO(written)).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            drawn = font.get_object()["/DescendantFonts"][0].get_object()
            name = drawn["/BaseFont"].partition("+")[2].strip(",").removesuffix("-Bold")
            fonts[name] = "/FontFile2" in drawn["/FontDescriptor"].get_object()
    assert fonts == {"Source-Sans-3": True, "Source-Code-Pro": True}


@pytest.mark.parametrize("package", ["fontpkg_source_sans_3", "fontpkg_source_code_pro"])
def test_without_one_of_its_fonts_nothing_is_drawn(package: str, tmp_path: Path) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    done = run_apart("<p>x", tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]))
    assert done.returncode == 1
    name = {"fontpkg_source_sans_3": "Source Sans 3", "fontpkg_source_code_pro": "Source Code Pro"}[package]
    assert f"cannot make a PDF: the font {name} is missing. Install it again: pip" in done.stderr
    assert not (tmp_path / "page.pdf").exists()


def test_a_machine_without_pango_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(OutputError, match="Pango") as caught:
        render_pdf("<p>x", identifier=IDENTIFIER)
    assert "libpango-1.0-0" in caught.value.diagnostics()[0]
