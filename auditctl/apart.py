"""Work in a process of its own: what it takes of memory is gone with it, and no process holds all of a run at once.

What goes there and comes back goes over pipes, not on a command line. An error there is the same error here, and a
process whose parent is gone ends with it.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from threading import Thread
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

from auditctl.errors import AuditctlError, OutputError

_P = ParamSpec("_P")
_T = TypeVar("_T")

Tell = Callable[[], object]
"""Called by the work each time that it has come one step further."""


def run_apart(work: Callable[Concatenate[Tell, _P], _T], on_step: Tell, *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Return what `work(tell, ...)`, a function of a module, returns from a process that is gone afterwards.

    Args:
        work: It, its arguments and what it returns can be pickled.
        on_step: Called here each time that the work calls `tell`.
        arguments: Of the work.
        named: Of the work.

    Raises:
        AuditctlError: whatever the work raises.
        OutputError: the process ended early, such as for want of memory.
        RuntimeError: the work raised something else, named in it.
    """
    context = get_context("spawn")  # not forked: a fork of a process with DuckDB's threads in it may hang
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, work, arguments, named))
    with receiver:
        try:
            with _interrupts_held():
                process.start()
            sender.close()
            while (answer := receiver.recv()) is None:
                on_step()
        except EOFError as error:
            process.join()
            ended = f"a process of auditctl ended early ({process.exitcode})"
            raise OutputError(ended, hint="See whether there is memory for it") from error
        finally:
            if process.pid is not None:  # whatever stops this one, such as a signal, stops the other
                process.kill()
                process.join()
    succeeded, result = answer
    if not succeeded:
        raise result
    returned: _T = result
    return returned


def follow_parent() -> None:
    """Let this process end with the one that started it, and without a word where a terminal interrupts both."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, daemon=True).start()


def run_maybe_apart(
    apart: bool,
    work: Callable[Concatenate[Tell, _P], _T],
    on_step: Tell,
    *arguments: _P.args,
    **named: _P.kwargs,
) -> _T:
    """Return what `work` returns: from a process of its own as `run_apart` does, or from this one."""
    if apart:
        return run_apart(work, on_step, *arguments, **named)
    return work(on_step, *arguments, **named)


def _work(sender: Connection, work: Callable[..., object], arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    follow_parent()
    answer: tuple[bool, object]
    try:
        answer = True, work(lambda: sender.send(None), *arguments, **named)
    except AuditctlError as error:
        answer = False, error
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the parent's to report
        unknown = RuntimeError(f"{type(error).__name__} in a process apart")
        unknown.add_note(traceback.format_exc())
        answer = False, unknown
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


def _frozen(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


ForkingPickler.register(MappingProxyType, lambda frozen: (_frozen, (dict(frozen),)))
