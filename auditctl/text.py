"""Text from a source: how much of it is shown, and made safe (nothing invisible, nothing that a terminal obeys)."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

# Controls, format characters (bidi, zero width), surrogates, private use, unassigned, line and paragraph separators:
# each would let a row change how the rows around it look.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 3


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
        elif category in _HIDDEN or marks > _MARKS_IN_A_ROW:
            shown.append(f"\\u{{{ord(character):x}}}")
        else:
            shown.append(character)
    return "".join(shown) + cut
