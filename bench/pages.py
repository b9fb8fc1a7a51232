"""HTML and PDF of a report, against WeasyPrint alone on the same HTML, as a process of its own to be measured.

    python -m bench.pages PERIOD OUT SETTINGS ROUNDS BARE

makes the SOC 2 report of the source of AUDITCTL_SOURCE_URL, with its population, in the new folder OUT/pack. Where its
pages are to be drawn they are drawn so many rounds as a report draws them, with BARE=1 in turn with WeasyPrint alone.
The seconds of both sides are printed as JSON; both draw in a process of their own, whose start they hold.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from auditctl.cli.app import run
from auditctl.pack import build
from auditctl.render.html import render_html
from auditctl.render.pdf import render_pdf_apart

_BARE: Final = """
import sys
from weasyprint import HTML
HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])
"""


def main(period: str, out: Path, settings: str, rounds: int, *, bare: bool) -> None:
    """Measure, and print `{"ours": [...], "bare": [...]}`."""
    out.mkdir(mode=0o700)
    seconds: dict[str, list[float]] = {"ours": [], "bare": []}
    contents: list[Any] = []
    draw, lay_out = render_pdf_apart, render_html

    def remember(listed: Any, *, for_print: bool) -> str:
        contents[:] = [listed]
        return lay_out(listed, for_print=for_print)

    def measure(printed: str, **options: Any) -> bytes:
        drawn = b""
        html = out / "report.print.html"
        html.write_text(printed, encoding="utf-8")
        for _ in range(rounds):
            started = time.perf_counter()
            lay_out(contents[0], for_print=False)
            drawn = draw(lay_out(contents[0], for_print=True), **options)
            seconds["ours"].append(time.perf_counter() - started)
            if bare:
                seconds["bare"].append(_bare(html))
        return drawn

    vars(build).update(render_pdf_apart=measure, render_html=remember)
    # What the report prints is not measured, and not what this process says.
    with (out / "printed").open("w") as printed, redirect_stdout(printed):
        report = ["report", "soc2", "--period", period, "--with-population", "--out", str(out / "pack")]
        code = run(["--config", settings, *report])
    if not seconds["ours"]:
        raise RuntimeError(f"the report ended with {code}")
    print(json.dumps(seconds))  # noqa: T201


def _bare(html: Path) -> float:
    command = [sys.executable, "-c", _BARE, str(html), str(html.with_suffix(".pdf"))]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), bare=sys.argv[5] == "1")
