"""One browser for all tests, and a new page for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditctl.render.html import render_html

from .chromium import Chromium, program, running
from .made import made_contents
from .page import Page, opened


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """Return a running Chromium, or skip the test."""
    path = program()
    if path is None:
        pytest.skip("there is no Chromium (Debian: chromium)")
    with running(path, tmp_path_factory.mktemp("chromium")) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of the report."""
    folder = tmp_path_factory.mktemp("report")
    path = folder / "report.html"
    path.write_text(render_html(made_contents(folder), for_print=False), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def empty(browser: Chromium) -> Iterator[Page]:
    """Return a page that is empty as yet."""
    with opened(browser) as page:
        yield page


@pytest.fixture
def page(empty: Page, report: str) -> Page:
    """Return a page with the report, in a window of 1280 by 900."""
    empty.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    empty.open(report)
    return empty
