"""How far a report is, told to a terminal and to nothing else."""

from __future__ import annotations

import io
import os
import pty
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from auditctl.catalogue.model import Control, Framework
from auditctl.catalogue.model import Test as Procedure
from auditctl.cli.progress import report_progress

TESTS = (Procedure("one", "Look.", "one"), Procedure("two", "Look.", "two"))
FRAMEWORK = Framework(
    "soc2", "SOC 2", "criterion", "2017", (Control("CC6.1", "Access", True, TESTS),), Path("x"), "e5" * 32
)

END = "(that is all)"


@pytest.fixture(autouse=True)
def somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)


def report(*, color: bool) -> None:
    with report_progress(FRAMEWORK, color=color) as progress:
        progress.rows(1_200)
        progress.rows(34)
        progress.tested()
        progress.writing()


def told(*, color: bool = False) -> str:
    """Return what a terminal is told."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        with redirect_stderr(stream):
            report(color=color)
        stream.write(END)
        stream.flush()
        shown = ""
        while not shown.endswith(END):
            shown += os.read(ours, 1 << 16).decode()
    os.close(ours)
    return shown.removesuffix(END)


def test_what_is_read_anew_is_counted_anew() -> None:
    ours, theirs = pty.openpty()
    stream = os.fdopen(theirs, "w", encoding="utf-8")
    with stream, redirect_stderr(stream), report_progress(FRAMEWORK, color=False) as progress:
        progress.rows(1_200)
        progress.begin()
        progress.rows(34)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "1,200" in shown
    assert "34" in shown
    assert "1,234" not in shown


def test_a_terminal_is_told_rows_and_tests_and_left_as_it_was() -> None:
    shown = told()
    assert "1,234" in shown
    assert "1 of 2" in shown
    assert "Writing the pack" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is there again
    assert shown.rindex("\x1b[2K") > shown.rindex("Writing the pack")  # and the lines are not


def test_colour_is_left_out_where_it_is_not_wanted() -> None:
    assert "\x1b[3" not in told(color=False)


def test_colour_is_there_where_it_is_wanted() -> None:
    assert "\x1b[3" in told(color=True)


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_a_terminal_that_nobody_watches_is_told_nothing(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert told() == ""


def test_a_file_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    with redirect_stderr(stream):
        report(color=True)
    assert stream.getvalue() == ""
