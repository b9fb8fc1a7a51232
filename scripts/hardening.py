"""What the hardening suites counted: docs/hardening.json, which docs/hardening.md and README.md show.

    python scripts/hardening.py [--check]

writes both from the JSON; with --check it only says whether they are as they would be written. Each suite hands its
counts to `record`. A suite that counts less than it did has lost a case, and fails.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COUNTS = ROOT / "docs" / "hardening.json"
SHOWN_BY = (ROOT / "docs" / "hardening.md", ROOT / "README.md")
_BLOCK = re.compile(r"(?<=<!-- hardening -->\n).*?(?=<!-- /hardening -->)", re.DOTALL)


class HardeningError(Exception):
    """What a suite counted is not what it must be, one line each."""


def record(suite: str, counts: Mapping[str, int], *, none: Collection[str] = (), varies: Collection[str] = ()) -> None:
    """Keep the counts of a suite, under its name, with today's date.

    Args:
        suite: What `make` calls it.
        counts: What was counted, in words with underscores.
        none: Those of which there must be none: losses, hits, writes.
        varies: Those that depend on the machine; all others never fall.

    Raises:
        HardeningError: there is one of `none`, or another count fell; nothing is kept then.
    """
    known: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
    before: Mapping[str, int] = known.get(suite, {}).get("counts", {})
    problems = [f"{suite}: {name} is {counts[name]}, and must be 0" for name in none if counts[name]]
    problems += [
        f"{suite}: {name} fell from {was} to {counts.get(name, 0)}"
        for name, was in before.items()
        if name not in (*none, *varies) and counts.get(name, 0) < was
    ]
    if problems:
        raise HardeningError("\n".join(problems))
    known[suite] = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "counts": dict(sorted(counts.items()))}
    COUNTS.write_text(f"{json.dumps(known, indent=1, sort_keys=True)}\n", encoding="utf-8")
    for page in SHOWN_BY:
        page.write_text(shown(page.read_text(encoding="utf-8"), known), encoding="utf-8")


def shown(text: str, known: Mapping[str, Any]) -> str:
    """Return a page with the counts between its markers."""
    rows = ["| suite | run on | counted |", "|---|---|---|"]
    for suite, kept in sorted(known.items()):
        counted = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in kept["counts"].items())
        rows.append(f"| `make {suite}` | {kept['date']} | {counted} |")
    return _BLOCK.sub(lambda _: "\n".join(rows) + "\n", text)


def main() -> None:
    """Write the pages, or with --check compare them."""
    known = json.loads(COUNTS.read_text(encoding="utf-8"))
    for page in SHOWN_BY:
        text = page.read_text(encoding="utf-8")
        written = shown(text, known)
        if "--check" not in sys.argv:
            page.write_text(written, encoding="utf-8")
        elif written != text:
            sys.exit(f"{page.name} does not show docs/hardening.json; run python scripts/hardening.py")


if __name__ == "__main__":
    main()
