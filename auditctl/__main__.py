"""The entry point: the version is answered before anything else is imported."""

from __future__ import annotations

import sys
from contextlib import suppress

from auditctl import __version__


def main() -> None:
    """Run the command line and end the process with its exit code."""
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


if __name__ == "__main__":
    main()
