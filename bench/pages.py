"""HTML and PDF of a report, against WeasyPrint alone on the same HTML, as a process of its own to be measured.

    python -m bench.pages POPULATION OUT SETTINGS ROUNDS

makes the report of a saved population in the new folder OUT. Where its pages are to be drawn they are drawn several
times over, in turn with a WeasyPrint in a process of its own, and the seconds of both are printed as JSON. Neither
side's seconds hold the import of WeasyPrint.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from auditctl.cli.app import run
from auditctl.pack import build
from auditctl.render.html import render_html
from auditctl.render.pdf import render_pdf

_BARE: Final = """
import sys, time
from weasyprint import HTML
started = time.perf_counter()
HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])
print(time.perf_counter() - started)
"""


def main(population: str, out: Path, settings: str, rounds: int) -> None:
    """Measure, and print `[[ours, theirs], ...]`."""
    out.mkdir(mode=0o700)
    pairs: list[tuple[float, float]] = []
    contents: list[Any] = []
    draw, lay_out = render_pdf, render_html

    def remember(listed: Any, *, for_print: bool) -> str:
        contents[:] = [listed]
        return lay_out(listed, for_print=for_print)

    def measure(printed: str, **options: Any) -> bytes:
        drawn = draw(printed, **options)  # imports WeasyPrint
        html = out / "report.print.html"
        html.write_text(printed, encoding="utf-8")
        pairs.extend((_seconds(lambda: both(contents[0], options)), _bare(html)) for _ in range(rounds))
        return drawn

    def both(listed: Any, options: dict[str, Any]) -> None:
        lay_out(listed, for_print=False)
        draw(lay_out(listed, for_print=True), **options)

    vars(build).update(render_pdf=measure, render_html=remember)
    # What the report prints is not measured, and not what this process says.
    with (out / "printed").open("w") as printed, redirect_stdout(printed):
        code = run(["--config", settings, "report", "soc2", "--population", population, "--out", str(out)])
    if not pairs:
        raise RuntimeError(f"the report ended with {code}")
    print(json.dumps(pairs))  # noqa: T201


def _bare(html: Path) -> float:
    command = [sys.executable, "-c", _BARE, str(html), str(html.with_suffix(".pdf"))]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
