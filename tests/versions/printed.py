"""The table of the acts of the day, printed at the end of every run that took stock of them, however quiet."""

from __future__ import annotations

import pytest

PROPERTY = "acts of the day"
"""Of a test: its version, and per kind of act how many there were, and were found, missed and wrong."""
REFUSED = "refused edits"
"""Beside the kinds: of these, `wrong` are those that are told as changes that succeeded."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # A property comes here from whatever process the test ran in.
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    made = dict(value for report in reports for name, value in report.user_properties if name == PROPERTY)
    if not made:
        return
    terminalreporter.write_line(f"{'acts/found/missed/wrong':24}" + "".join(f"{version:>14}" for version in made))
    kinds = {kind for counts in made.values() for kind in counts}
    for kind in sorted(kinds, key=lambda kind: (kind == REFUSED, kind)):
        cells = ["/".join(str(number) for number in counts.get(kind, "-")) for counts in made.values()]
        terminalreporter.write_line(f"{kind:24}" + "".join(f"{cell:>14}" for cell in cells))
