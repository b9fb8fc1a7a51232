"""What `report` prints when the pack is there: the outcome of each control, and where to read on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from auditctl.cli.talk import give_up_stdout, say
from auditctl.render.table import open_console, write_outcome, write_text
from auditctl.render.wording import sentence
from auditctl.text import show


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """A published report, in a few lines."""

    headline: str
    reasons: tuple[str, ...]
    lines: tuple[tuple[str, str, str], ...]
    """Per control: its id, its title, its sentence with headline and counts."""
    changes: str
    """What changed since the previous pack, in a sentence; empty where none was given."""
    folder: Path
    """The pack's."""
    zipped: Path | None
    root_hash: str


def write_summary(summary: ReportSummary, *, color: bool) -> None:
    """Write the summary to stdout, folded to the terminal's width.

    The pack is there whether or not it can be written: where it cannot, stderr says so, with the root hash.
    """
    try:
        _write(summary, color=color)
        sys.stdout.flush()
    except OSError as error:
        give_up_stdout()
        reason = (error.strerror or "error").lower()
        folder, root_hash = show(summary.folder), summary.root_hash
        say(f"auditctl: {folder} is published, root hash {root_hash}; the summary could not be written: {reason}")


def _write(summary: ReportSummary, *, color: bool) -> None:
    console = open_console(sys.stdout)
    console.no_color = not color
    write_outcome(summary.headline, console)
    for reason in summary.reasons:
        write_text(sentence(reason), console)
    console.print()
    across = max((len(control) for control, _, _ in summary.lines), default=0) + 2
    for control, title, result in summary.lines:
        write_outcome(result, console, label=control.ljust(across))
        write_text(title, console, "dim", margin=" " * across)
    console.print()
    if summary.changes:
        write_text(summary.changes, console)
    write_text("Result of management's own procedures on Superset data; no conclusion on compliance.", console, "dim")
    pdf = summary.folder / "report.pdf"
    page = f"PDF        {pdf}" if pdf.exists() else f"HTML       {summary.folder / 'report.html'}"
    write_text(page, console, fold=False)
    if summary.zipped:
        write_text(f"Zip        {summary.zipped}", console, fold=False)
    write_text(f"Root hash  {summary.root_hash}", console, fold=False)
