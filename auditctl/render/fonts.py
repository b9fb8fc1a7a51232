"""The fonts of the PDF: two packages carry them, so that no font of the machine has a say in how a page looks."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from xml.sax.saxutils import escape

from auditctl.errors import OutputError
from auditctl.workspace import reporting

FAMILIES = {"Source Sans 3": "fontpkg_source_sans_3", "Source Code Pro": "fontpkg_source_code_pro"}
"""Family -> the package that carries its files. What the second cannot show, the first does."""
_TEXT = "SourceSans3[wght].ttf"
_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{folders}
<cachedir>{cache}</cachedir>
</fontconfig>
"""


def only_these(folder: Path) -> Path:
    """Write a Fontconfig configuration that knows the fonts of the report and no other; `folder` takes its cache.

    This must be in force before anything is rendered: without any font Pango does not fail, it crashes.

    Raises:
        OutputError: a font is missing.
    """
    folders = "\n".join(f"<dir>{escape(str(_files_of(family)))}</dir>" for family in FAMILIES)
    path = folder / "fonts.conf"
    with reporting(path):
        path.write_text(_CONFIGURATION.format(folders=folders, cache=escape(str(folder))), encoding="utf-8")
    return path


@cache
def drawable() -> frozenset[int]:
    """Return the code points that text can show, upright and bold.

    Raises:
        OutputError: a font is missing.
    """
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    return frozenset(TTFont(_files_of("Source Sans 3") / _TEXT, lazy=True).getBestCmap())


def _files_of(family: str) -> Path:
    try:
        folder = Path(str(resources.files(FAMILIES[family]))) / "files"
    except ModuleNotFoundError:
        folder = None
    if folder is None or not any(folder.glob("*.ttf")):
        package = FAMILIES[family].replace("_", "-")
        hint = f"Install it again: pip install --force-reinstall {package}"
        raise OutputError(f"cannot make a PDF: the font {family} is missing", hint=hint)
    return folder
