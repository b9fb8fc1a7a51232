"""What the recorder says when it could not record: in the application's log, and not too often."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger("superset_audit_recorder")


class Complaints:
    """Says at most one line a minute of each kind; the next one says how many were left out.

    Without a lock, which a fork could leave closed in the child: two threads at once may say a line twice.
    """

    def __init__(self, every: float = 60.0) -> None:
        self._every = every
        self._said: dict[str, tuple[float, int]] = {}

    def say(self, kind: str, message: str) -> None:
        """Log an ERROR, unless one of this kind was logged less than a minute ago."""
        now = time.monotonic()
        last, left_out = self._said.get(kind, (None, 0))
        if last is not None and now - last < self._every:
            self._said[kind] = (last, left_out + 1)
            return
        self._said[kind] = (now, 0)
        more = f" ({left_out} more like this since the last line)" if left_out else ""
        logger.error("%s%s", message, more)
