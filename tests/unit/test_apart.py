"""Work in a process of its own gives the same result, fails with the same error, and ends with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from multiprocessing import active_children
from pathlib import Path
from threading import Thread
from types import MappingProxyType

import pytest

from auditctl.apart import Tell, run_apart
from auditctl.errors import AuditctlError, OutputError, SettingsError, UsageError
from auditctl.render.pdf import render_pdf, render_pdf_apart
from auditctl.render.variant import PdfVariant

_IDENTIFIER = bytes(range(16))
_PAGE = '<html lang="en"><title>x</title><body><h1>Rows</h1><p>A page.'
_LONG = _PAGE + "<p>One of many lines." * 50_000
_PARENT = """
import sys
from multiprocessing import active_children
from threading import Thread
from time import sleep
from auditctl.render.pdf import render_pdf_apart

def tell():
    while not (children := active_children()):
        sleep(0.05)
    print(children[0].pid, flush=True)

if __name__ == "__main__":
    Thread(target=tell, daemon=True).start()
    render_pdf_apart(sys.stdin.read(), identifier=bytes(16))
"""


def _count(tell: Tell, frozen: Mapping[str, int], to: int) -> tuple[int, Mapping[str, int]]:
    for _ in range(to):
        tell()
    return os.getpid(), frozen


def _fail(_tell: Tell, error: Exception) -> None:
    raise error


def test_the_work_is_done_elsewhere_and_tells_how_far_it_is() -> None:
    steps: list[None] = []
    pid, frozen = run_apart(_count, lambda: steps.append(None), MappingProxyType({"a": 1}), to=3)
    assert pid != os.getpid()
    assert frozen == MappingProxyType({"a": 1})
    assert isinstance(frozen, MappingProxyType)
    assert len(steps) == 3


@pytest.mark.parametrize(
    "error", [SettingsError(["one", "two"]), UsageError("what", hint="do this"), OutputError("no room")]
)
def test_an_error_is_the_same_error(error: AuditctlError) -> None:
    with pytest.raises(type(error)) as raised:
        run_apart(_fail, lambda: None, error)
    assert raised.value.diagnostics() == error.diagnostics()


def test_what_is_no_error_of_ours_is_named_but_not_quoted() -> None:
    with pytest.raises(RuntimeError) as raised:
        run_apart(_fail, lambda: None, KeyError("secret"))
    assert str(raised.value) == "KeyError in a process apart"


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
    with pytest.raises(OutputError, match="ended early"):
        render_pdf_apart(_LONG, identifier=_IDENTIFIER)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_drawing_ends_with_its_parent(number: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT, "utf-8")
    paths = {"PYTHONPATH": str(Path(__file__).parents[2])}
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
