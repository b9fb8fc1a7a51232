"""What `report` prints when the pack is there: the outcome of each control, and where to read on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from auditctl.render.table import open_console
from auditctl.text import show


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """A published report, in a few lines."""

    headline: str
    reasons: tuple[str, ...]
    lines: tuple[tuple[str, str, str], ...]
    """Per control: its id, its title, its sentence with headline and counts."""
    pdf: Path
    root_hash: str


def write_summary(summary: ReportSummary, *, color: bool) -> None:
    """Write the summary to stdout, folded to the terminal's width."""
    console = open_console(sys.stdout)
    console.no_color = not color
    console.print(Text(show(summary.headline), style="bold"))
    for reason in summary.reasons:
        console.print(Text(show(reason)))
    console.print()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    for control, title, sentence in summary.lines:
        headline, _, rest = sentence.partition(":")
        outcome = Text(show(headline), style="bold")
        outcome.append(show(f":{rest}"), style="not bold")
        table.add_row(Text(show(control)), Text(show(title), style="dim"), outcome)
    console.print(table)
    console.print()
    what = "Result of management's own procedures on Superset data; no conclusion on compliance."
    console.print(Text(what, style="dim"))
    console.print(Text(f"PDF            {show(summary.pdf)}"), soft_wrap=True)
    console.print(Text(f"manifest.json  sha256 {summary.root_hash}"), soft_wrap=True)
