"""The PDF of the hard report, drawn once for all tests that look at it."""

from __future__ import annotations

import pytest

from auditctl.render.html import render_html
from auditctl.render.pdf import render_pdf

from .hard import hard_contents

IDENTIFIER = bytes(range(16))


@pytest.fixture(scope="package")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render_html(hard_contents(tmp_path_factory.mktemp("hard")), for_print=True)


@pytest.fixture(scope="package")
def written(html: str) -> bytes:
    return render_pdf(html, identifier=IDENTIFIER)
