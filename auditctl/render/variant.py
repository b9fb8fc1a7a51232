"""The kinds of PDF, apart from what draws them: the option of `report` offers them."""

from __future__ import annotations

from enum import StrEnum


class PdfVariant(StrEnum):
    """The kind of PDF that a report is; each is tagged."""

    ARCHIVE = "pdf/a-3b"
    """For keeping: nothing outside the file is needed to show it the same in ten years."""
    ACCESSIBLE = "pdf/ua-1"
    """For assistive software that wants this mark."""
    PLAIN = "none"
