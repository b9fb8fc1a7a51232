"""The nearest known name, for messages about an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?` for the known name nearest to `name`, or an empty text."""
    found = get_close_matches(name, list(known), n=1)
    return f"did you mean '{found[0]}'?" if found else ""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return a message about an unknown name, with the nearest known one or all of them."""
    names = sorted(known)
    advice = did_you_mean(name, names) or (f"known: {', '.join(names)}" if names else "none is known")
    return f"unknown {what} '{name}'; {advice}"
