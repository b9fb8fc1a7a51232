"""Talk: what is said on stderr, one line each, safe to show; stdout is data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from auditctl.errors import AuditctlError


def say(line: str) -> None:
    """Write one line to stderr; a closed stderr is no reason to fail."""
    encoding = sys.stderr.encoding or "utf-8"
    text = line.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        return


def give_up_stdout() -> None:
    """Let a broken stdout be: what is still buffered for it would fail again at exit."""
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - lives until the process ends


def complain(error: AuditctlError) -> None:
    """Write an error's lines to stderr, each after the name of the tool."""
    for line in error.diagnostics():
        say(f"auditctl: {line}")
