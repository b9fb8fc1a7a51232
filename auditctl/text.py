"""Text from a source: how much of it is shown, and made safe (nothing invisible, nothing that a terminal obeys)."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

# What Unicode lets a renderer leave out (Default_Ignorable_Code_Point, 17.0) though its category is that of something
# to be seen: joiners, fillers, variation selectors; and the Braille pattern without a dot.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
_MARKS = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 3


def is_hidden(text: str) -> bool:
    """Tell whether a character of a text cannot be seen, or changes how others are; of blanks only the space is none.

    That are controls, format characters (bidi, zero width), surrogates, private use, unassigned, separators, ignorable.
    """
    return not text.isprintable() or _IGNORABLE.search(text) is not None


class SqlText(StrEnum):
    """How SQL and payloads are shown in evidence; settings may say redacted or hash, full is asked for call by call."""

    REDACTED = "redacted"
    HASH = "hash"
    FULL = "full"


def show(value: object, limit: int | None = None) -> str:
    r"""Return `value` as visible text.

    Hidden characters become `\u{1b}`, a backslash is doubled (so the form is reversible), and combining marks beyond
    three in a row are written as code points. With `limit`, longer text is cut and says how much was cut.
    """
    text = str(value)
    cut = ""
    if limit is not None and len(text) > limit:
        cut = f"...(+{len(text) - limit} chars)"
        text = text[:limit]
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text + cut
    shown = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if character == "\\":
            shown.append("\\\\")
        elif marks > _MARKS_IN_A_ROW or is_hidden(character):
            shown.append(f"\\u{{{ord(character):x}}}")
        else:
            shown.append(character)
    return "".join(shown) + cut
