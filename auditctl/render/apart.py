"""Drawing a PDF in a process of its own, so that its memory and that of the data pass are never one process's.

The page goes over a pipe, not on a command line, and the PDF comes back over another. A drawing that fails, fails here
with the same error; one whose parent is gone ends with it.
"""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from threading import Thread

from auditctl.errors import AuditctlError, OutputError
from auditctl.render.pdf import render_pdf
from auditctl.render.variant import PdfVariant


def render_pdf_apart(html: str, *, identifier: bytes, variant: PdfVariant = PdfVariant.ARCHIVE) -> bytes:
    """Return what `render_pdf` returns, drawn by a process that is gone afterwards.

    Raises:
        OutputError: as `render_pdf`; or that process ended early, such as for want of memory.
    """
    context = get_context("spawn")  # not forked: a fork of a process with DuckDB's threads in it may hang
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_draw, args=(sender, html, identifier, variant), daemon=True)
    with receiver:
        try:
            with _interrupts_held():
                process.start()
            sender.close()
            answer: bytes | Exception = receiver.recv()
        except EOFError as error:
            process.join()
            ended = f"its process ended early ({process.exitcode})"
            raise OutputError(f"cannot make a PDF: {ended}", hint="See whether there is memory for it") from error
        finally:
            if process.pid is not None:  # whatever stops this one, such as a signal, stops the other
                process.kill()
                process.join()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _draw(sender: Connection, html: str, identifier: bytes, variant: PdfVariant) -> None:
    # A terminal interrupts both; this process has nothing to say or to clear up.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # a third of WeasyPrint's time is looking for cycles, and this process is gone before they matter
    answer: bytes | Exception
    try:
        answer = render_pdf(html, identifier=identifier, variant=variant)
    except AuditctlError as error:
        answer = error
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the parent's to report
        answer = RuntimeError(f"{type(error).__name__} while drawing the PDF")
        answer.add_note(traceback.format_exc())
    with sender:
        sender.send(answer)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep SIGINT from what is started in the block, until it is ready for it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
