"""What stands in the head of the page: its style and its script, each with the hash that lets a browser use it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from markupsafe import Markup

from auditctl.resources import bundled


@dataclass(frozen=True, slots=True)
class Inline:
    """The text of an element, which is ours alone and goes in as it is."""

    text: Markup

    @property
    def source(self) -> str:
        """Return the source expression of a content security policy that allows this text and no other."""
        return f"sha256-{b64encode(sha256(self.text.encode()).digest()).decode()}"


def style(*, for_print: bool) -> Inline:
    """Return the style of the page; without `for_print`, with that of the screen."""
    files = ("style.css",) if for_print else ("style.css", "screen.css")
    # The policy of the page allows no style at an element, so each share of a table's width is a class.
    shares = "".join(f".share-{percent} {{ width: {percent}%; }}\n" for percent in range(101))
    return Inline(Markup("".join(map(_text, files)) + shares))  # noqa: S704 (files of ours)


def script() -> Inline:
    """Return the script of the page."""
    return Inline(Markup(_text("screen.js")))  # noqa: S704 (a file of ours)


def _text(name: str) -> str:
    return (bundled("templates") / name).read_text("utf-8")
