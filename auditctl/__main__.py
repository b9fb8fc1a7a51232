"""The entry point: the version is answered before anything else is imported."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from auditctl import __version__


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _take_closed_streams()
    if sys.argv[1:] == ["--version"]:
        # A stdout that cannot be written fails again in run, which says so.
        with suppress(OSError):
            sys.stdout.write(f"auditctl {__version__}\n")
            sys.stdout.flush()
            return
    try:
        from auditctl.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before `run` has its own handlers
        code = 130
    sys.exit(code)


def _take_closed_streams() -> None:
    """Give a stream that was closed when the process began its number back: the next open file would get it.

    What is written to such a stdout fails, as on a full disk; without a stderr nobody hears what is said.
    """
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


if __name__ == "__main__":
    main()
