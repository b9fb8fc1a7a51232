"""The scripted day, from the first sign-in to the last sign-out."""

from __future__ import annotations

from pathlib import Path

from .day_accounts import administration, leaving, narrow_access, people, signing_in
from .day_refusals import edits, refusals
from .day_use import content, exports, statements
from .story import Story


def whole_day(base: str, business: Path) -> Story:
    story = Story(base, business)
    for part in (
        signing_in,
        people,
        content,
        statements,
        exports,
        edits,
        refusals,
        administration,
        narrow_access,
        leaving,
    ):
        part(story)
    return story
