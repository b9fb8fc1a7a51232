"""Questions on a terminal; they are talk, and go to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from getpass import getpass
from typing import TypeVar

from auditctl.cli.talk import complain
from auditctl.errors import UsageError

T = TypeVar("T")


def can_ask() -> bool:
    """Return whether somebody is there to answer."""
    return os.isatty(0) and os.isatty(2)


def ask(question: str, accept: Callable[[str], T], *, default: str = "") -> T:
    """Ask until `accept` takes the answer, which it refuses with a UsageError.

    An empty line is the default; the question says so.

    Raises:
        UsageError: no answer comes any more (Ctrl-D), or one that is not text.
    """
    while True:
        sys.stderr.write(f"{question}: ")
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
        except UnicodeDecodeError:
            raise UsageError("the answer is not text", hint="Nothing was written") from None
        if not answer:
            raise _no_answer()
        try:
            return accept(answer.strip() or default)
        except UsageError as error:
            complain(error)


def ask_unseen(question: str) -> str:
    """Ask for a secret, which the terminal does not show.

    Raises:
        UsageError: no answer comes any more (Ctrl-D).
    """
    try:
        return getpass(f"{question}: ", sys.stderr)
    except EOFError:
        raise _no_answer() from None


def _no_answer() -> UsageError:
    sys.stderr.write("\n")
    return UsageError("no answer was given", hint="Nothing was written")
