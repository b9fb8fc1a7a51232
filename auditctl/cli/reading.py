"""Reading a source as a whole: where that breaks off, all of it is read anew, at a new read point."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from auditctl.cli.talk import say
from auditctl.errors import SourceError

if TYPE_CHECKING:
    from auditctl.cli.context import Context, Opened

T = TypeVar("T")


@contextmanager
def reading(context: Context, read: Callable[[Opened], T], begin: Callable[[], object] = lambda: None) -> Iterator[T]:
    """Yield what `read` makes of the open source; the private folder lives as long as the block.

    Where the connection is lost or is not taken, nothing that was read is kept: after a pause the source is opened
    anew, as often as `source.retries` allows, and each time one line says so.

    Args:
        context: The source, and how often.
        read: Reads everything that the block needs, and writes nowhere but into the private folder.
        begin: Called before each attempt.

    Raises:
        AuditctlError: whatever opening or `read` raises, of the last attempt.
    """
    retries = context.settings.source.retries
    for attempt in count(1):
        with ExitStack() as ends:
            begin()
            try:
                result = read(ends.enter_context(context.opened(attempt=attempt)))
            except SourceError as error:
                if not error.transient or attempt > retries:
                    raise
                failure = error.message
            else:
                yield result
                return
        pause = 2 ** (attempt - 1)
        begin()
        say(f"auditctl: {failure}. All is read anew in {pause} s, at a new read point (retry {attempt} of {retries})")
        time.sleep(pause)
