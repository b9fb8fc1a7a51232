"""The fonts of the PDF: whether they are there, and which characters they can show."""

from __future__ import annotations

from functools import cache

from auditctl.errors import OutputError

FAMILIES = ("DejaVu Sans", "DejaVu Sans Mono")
_STYLES = ("Book", "Bold")
_NEEDS = "Install the DejaVu fonts (Debian: fonts-dejavu-core, Fedora: dejavu-sans-fonts dejavu-sans-mono-fonts)"


@cache
def drawable() -> frozenset[int]:
    """Return the code points that upright and bold text can show.

    This must be asked before anything is rendered: without any font Pango does not fail, it crashes.

    Raises:
        OutputError: a font of the report is missing.
    """
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    found = {(family, style): _file_of(family, style) for family in FAMILIES for style in _STYLES}
    sans = (TTFont(found[FAMILIES[0], style], lazy=True) for style in _STYLES)
    return frozenset.intersection(*(frozenset(font.getBestCmap()) for font in sans))


def _file_of(family: str, style: str) -> str:
    """Return the font file that Pango would take, by asking the same Fontconfig library."""
    from weasyprint.text.ffi import ffi, fontconfig

    def text_of(pattern: object, name: bytes) -> str:
        text = ffi.new("FcChar8 **")
        # FcResultMatch is 0.
        return "" if fontconfig.FcPatternGetString(pattern, name, 0, text) else ffi.string(text[0]).decode()

    wanted = fontconfig.FcPatternCreate()
    match = ffi.NULL
    try:
        fontconfig.FcPatternAddString(wanted, b"family", family.encode())
        fontconfig.FcPatternAddString(wanted, b"style", style.encode())
        fontconfig.FcConfigSubstitute(ffi.NULL, wanted, fontconfig.FcMatchPattern)
        fontconfig.FcDefaultSubstitute(wanted)
        match = fontconfig.FcFontMatch(ffi.NULL, wanted, ffi.new("FcResult *"))
        if match == ffi.NULL or (text_of(match, b"family"), text_of(match, b"style")) != (family, style):
            raise OutputError(f"cannot make a PDF: the font {family} {style} is missing", hint=_NEEDS)
        return text_of(match, b"file")
    finally:
        fontconfig.FcPatternDestroy(wanted)
        if match != ffi.NULL:
            fontconfig.FcPatternDestroy(match)
