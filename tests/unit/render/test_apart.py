"""A PDF drawn by a process of its own is the same PDF, and its failures are the same failures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path
from threading import Thread

import pytest

from auditctl.errors import OutputError
from auditctl.render.apart import render_pdf_apart
from auditctl.render.pdf import render_pdf
from auditctl.render.variant import PdfVariant

_IDENTIFIER = bytes(range(16))
_PAGE = '<html lang="en"><title>x</title><body><h1>Rows</h1><p>A page.'
_LONG = _PAGE + "<p>One of many lines." * 50_000
_PARENT = """
import sys
from multiprocessing import active_children
from threading import Thread
from time import sleep
from auditctl.render.apart import render_pdf_apart

def tell():
    while not (children := active_children()):
        sleep(0.05)
    print(children[0].pid, flush=True)

if __name__ == "__main__":
    Thread(target=tell, daemon=True).start()
    render_pdf_apart(sys.stdin.read(), identifier=bytes(16))
"""


@pytest.mark.parametrize("variant", [PdfVariant.ARCHIVE, PdfVariant.PLAIN])
def test_the_bytes_are_those_that_this_process_would_draw(variant: PdfVariant) -> None:
    apart = render_pdf_apart(_PAGE, identifier=_IDENTIFIER, variant=variant)
    assert apart == render_pdf(_PAGE, identifier=_IDENTIFIER, variant=variant)


def test_a_refused_page_is_refused_in_the_same_words() -> None:
    outside = _PAGE + '<img src="https://example.com/x.png">'
    with pytest.raises(OutputError) as apart:
        render_pdf_apart(outside, identifier=_IDENTIFIER)
    with pytest.raises(OutputError) as here:
        render_pdf(outside, identifier=_IDENTIFIER)
    assert apart.value.diagnostics() == here.value.diagnostics()
    assert not active_children()


def test_a_drawing_that_is_killed_is_an_output_that_cannot_be_written() -> None:
    def kill() -> None:
        while not (children := active_children()):
            time.sleep(0.05)
        children[0].kill()

    Thread(target=kill, daemon=True).start()
    with pytest.raises(OutputError, match="its process ended early"):
        render_pdf_apart(_LONG, identifier=_IDENTIFIER)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_drawing_ends_with_its_parent(number: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT, "utf-8")
    paths = {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, **paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(_LONG)
        parent.stdin.close()
        child = int(parent.stdout.readline())
        parent.send_signal(number)
        parent.wait()
        deadline = time.monotonic() + 60
        while _alive(child) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
