"""How far a report has come, on a terminal only: rows read, tests done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditctl.catalogue.model import Framework
from auditctl.render.table import open_console

if TYPE_CHECKING:
    from rich.progress import Progress


class ReportProgress:
    """What a report tells while it is made, from its first row or test on; without a terminal nobody hears it."""

    def __init__(self, shown: Progress | None, tests: int) -> None:
        self._shown = shown
        if shown is not None:
            self._rows = shown.add_task("Rows read", total=None, said="0")
            self._tests = shown.add_task("Tests done", total=tests, said=f"0 of {tests}")
            self._writing = shown.add_task("Writing the pack", total=None, said="", visible=False)

    def begin(self) -> None:
        """Reading begins, or begins anew: no row was read yet, and what is said stands by itself."""
        if self._shown is not None:
            self._shown.stop()
            self._shown.reset(self._rows, said="0")

    def rows(self, number: int) -> None:
        """So many more rows were read."""
        if self._shown is not None:
            self._shown.start()
            self._shown.update(self._rows, advance=number)
            task = self._shown.tasks[self._rows]
            task.fields["said"] = f"{int(task.completed):,}"

    def tested(self) -> None:
        """One more test is done; all rows are read by then."""
        if self._shown is not None:
            self._shown.start()
            self._shown.update(self._rows, total=self._shown.tasks[self._rows].completed)
            self._shown.update(self._tests, advance=1)
            task = self._shown.tasks[self._tests]
            task.fields["said"] = f"{int(task.completed)} of {int(task.total or 0)}"

    def writing(self) -> None:
        """The pack is being written."""
        if self._shown is not None:
            self._shown.update(self._writing, visible=True)

    def end(self) -> None:
        """Leave the terminal as it was: what comes next is the result."""
        if self._shown is not None:
            self._shown.stop()


@contextmanager
def report_progress(framework: Framework, *, color: bool) -> Iterator[ReportProgress]:
    """Show on stderr how far the report of a framework has come, where that is a terminal that can redraw a line."""
    tests = sum(len(control.tests) for control in framework.controls)
    console = open_console(sys.stderr)
    if not sys.stderr.isatty() or console.is_dumb_terminal or os.environ.get("CI"):
        yield ReportProgress(None, tests)
        return
    from rich.progress import BarColumn, Progress, TextColumn  # nobody else needs them

    console.no_color = not color
    columns = (TextColumn("{task.description:16}"), BarColumn(bar_width=24), TextColumn("{task.fields[said]}"))
    shown = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    progress = ReportProgress(shown, tests)
    try:
        yield progress
    finally:
        progress.end()
