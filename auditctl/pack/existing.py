"""What already lies where a pack would go."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditctl.assess.model import Word
from auditctl.errors import IntegrityError, OutputError
from auditctl.pack.identity import FINAL
from auditctl.pack.verify import verify_pack
from auditctl.render.wording import titled
from auditctl.text import show


@dataclass(frozen=True, slots=True)
class ExistingPack:
    """An issued FINAL pack of the same report, verified."""

    folder: Path
    words: frozenset[Word]
    """Outcomes in its report.json, but for those that management accepts."""
    lines: tuple[tuple[str, str, str], ...]
    """Per control: its id, its title with own ids, and its sentence."""
    root_hash: str
    changes: str
    """What changed since the previous pack, in a sentence; empty where none was given."""


def find_existing(folder: Path, report_key: str, on: date) -> ExistingPack | None:
    """Return the FINAL pack of the same report in `folder`, or None where nothing is there.

    `on` is the day, in the report's zone, on which what management accepts must still hold.

    Raises:
        IntegrityError: it is the same report, and it does not verify.
        OutputError: something else has that name.
    """
    if not folder.exists() and not folder.is_symlink():
        return None
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        same = manifest["report_key"] == report_key and manifest["status"] == FINAL
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise OutputError(
            f"{show(folder)} exists and is not this report",
            hint='Nothing issued is replaced: use --reissue "reason", or another folder with --out',
        )
    verification = verify_pack(folder)
    if verification.problems:
        raise IntegrityError(
            f"{show(folder)} is this report and was changed: {verification.problems[0]}",
            hint=f"See auditctl verify {show(folder)}",
        )
    report = json.loads((folder / "report.json").read_bytes())
    tests = [test for control in report["controls"] for test in control["tests"]]
    words = {Word(test["outcome"]) for test in tests if on.isoformat() > (test["accepted_until"] or "")}
    lines = tuple(
        (control["id"], titled(control["title"], control.get("own_ids", ())), control["sentence"])
        for control in report["controls"]
    )
    changes = (report.get("changes") or {}).get("sentence", "")
    return ExistingPack(folder, frozenset(words), lines, verification.root_hash, changes)
