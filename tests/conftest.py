"""Rules of every test: the same on every machine, and nothing left out unnoticed where nobody looks."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import hypothesis
import pytest

pytest_plugins = ["tests.servers.fixtures", "tests.versions.printed"]

# A slow machine is no failure.
hypothesis.settings.register_profile("auditctl", deadline=None)
hypothesis.settings.load_profile("auditctl")


@pytest.fixture(autouse=True)
def _no_settings_from_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AUDITCTL_")]:
        monkeypatch.delenv(name)


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Which library subsets the fonts is a matter of the machine, not of the page.
        if "HarfBuzz-Subset" not in record.getMessage():
            self.said.append(record.getMessage())


@pytest.fixture(autouse=True, scope="session")
def _weasyprint_listened_to() -> Iterator[_Complaints]:
    complaints, logger = _Complaints(), logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    yield complaints
    logger.removeHandler(complaints)


@pytest.fixture(autouse=True)
def _weasyprint_has_nothing_to_complain_about(_weasyprint_listened_to: _Complaints) -> Iterator[None]:
    yield
    said, _weasyprint_listened_to.said = _weasyprint_listened_to.said, []
    assert said == []


def _skipped(config: pytest.Config) -> list[str]:
    """Return the tests and modules that were skipped although AUDITCTL_NO_SKIPS=1 forbids it."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("AUDITCTL_NO_SKIPS") != "1" or reporter is None:
        return []
    return [report.nodeid for report in reporter.stats.get("skipped", [])]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in _skipped(terminalreporter.config):
        terminalreporter.write_line(f"skipped, but AUDITCTL_NO_SKIPS=1: {nodeid}", red=True)
