"""The entry point: the version is answered before anything else is imported."""

from __future__ import annotations

import sys

from auditctl import __version__


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"auditctl {__version__}\n")
        return
    from auditctl.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
