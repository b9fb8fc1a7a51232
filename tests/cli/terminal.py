"""A command line with somebody at its terminal, who answers each question when it is asked."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .command import CommandLine, Finished

_PATIENCE = 60.0
"""Seconds that it may say nothing."""


def at_terminal(
    auditctl: CommandLine, *arguments: str, cwd: Path, answers: Sequence[tuple[str, str]], **environment: str
) -> Finished:
    """Run auditctl and answer `(question, answer)` in turn; `err` is what the terminal shows, the answers included."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "auditctl", *arguments],
        cwd=cwd,
        env=auditctl.environment(**environment),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,  # the terminal of whoever runs the tests is not asked for a password
    )
    os.close(theirs)
    assert process.stdout is not None
    screen = b""
    try:
        for question, answer in answers:
            seen = len(screen)
            while question.encode() not in screen[seen:]:
                shown = _read(ours)
                assert shown, f"not asked: {question}\n{screen.decode()}"
                screen += shown
            os.write(ours, answer.encode())
        while shown := _read(ours):
            screen += shown
        out = process.stdout.read().decode()
        code = process.wait(_PATIENCE)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(ours)
    finished = Finished(code, out, screen.decode().replace("\r\n", "\n"))
    assert "Traceback" not in finished.out + finished.err, finished.err
    assert auditctl.private_folders == []
    return finished


def _read(terminal: int) -> bytes:
    """Return what the terminal shows next; nothing when the program has ended or says nothing for long."""
    if select.select([terminal], [], [], _PATIENCE)[0]:
        with suppress(OSError):  # so Linux says that nobody is at the other end
            return os.read(terminal, 65_536)
    return b""
