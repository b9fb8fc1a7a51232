"""The rows of a CSV that is made while it is sent, counted as they go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

_BROKEN: Final = "__STREAM_ERROR__"
"""What Superset sends in place of the rest, when the database fails midway."""


class Rows:
    """The parts of a CSV on their way, with a count of the rows in them; it keeps none.

    Args:
        parts: What the answer is made of.
        ended: Called once, with the rows that were given out, and whether that was the whole file.
    """

    def __init__(self, parts: Iterator[str | bytes], ended: Callable[[int, bool], None]) -> None:
        self._parts = parts
        self._ended: Callable[[int, bool], None] | None = ended
        self._lines = 0
        self._quoted = False
        self._broken = False

    def __iter__(self) -> Iterator[str | bytes]:
        return self

    def __next__(self) -> str | bytes:
        try:
            part = next(self._parts)
        except StopIteration:
            self._end(whole=not self._broken)
            raise
        self._count(part if isinstance(part, str) else part.decode("latin-1"))
        return part

    def close(self) -> None:
        """Close what it wraps: the server has sent all, or the client has gone."""
        try:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
        finally:
            self._end(whole=False)

    def _count(self, text: str) -> None:
        if text.startswith(_BROKEN):
            self._broken = True
            return
        for at, between in enumerate(text.split('"')):  # a line break in quotes ends no row
            self._quoted ^= at > 0
            if not self._quoted:
                self._lines += between.count("\n")

    def _end(self, *, whole: bool) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(max(0, self._lines - 1), whole)  # without the header
