"""Counts as bars of characters, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

_FULL = "\N{FULL BLOCK}"
_PARTS = (
    "",
    "\N{LEFT ONE EIGHTH BLOCK}",
    "\N{LEFT ONE QUARTER BLOCK}",
    "\N{LEFT THREE EIGHTHS BLOCK}",
    "\N{LEFT HALF BLOCK}",
    "\N{LEFT FIVE EIGHTHS BLOCK}",
    "\N{LEFT THREE QUARTERS BLOCK}",
    "\N{LEFT SEVEN EIGHTHS BLOCK}",
)


def draw_bars(cells: Sequence[str], width: int, *, unicode: bool) -> list[str]:
    """Return a bar for each cell, a whole number from 0 or empty: the largest is `width` long, 0 is nothing.

    In eighths of a character, or where there is no Unicode in whole `#`; what is not 0 is never drawn as nothing.
    """
    numbers = [int(cell or 0) for cell in cells]
    most = max(numbers, default=0) or 1
    steps = len(_PARTS) if unicode else 1
    lengths = [-(-number * width * steps // most) for number in numbers]
    if not unicode:
        return ["#" * length for length in lengths]
    return [_FULL * (length // steps) + _PARTS[length % steps] for length in lengths]
