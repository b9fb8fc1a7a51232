"""Private folders: seen by nobody else, removed on the way out, and by the next run where the process was killed."""

from __future__ import annotations

import errno
import fcntl
import getpass
import os
import re
import secrets
import shutil
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from auditctl.errors import OutputError
from auditctl.text import show

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_RUN = re.compile(r"run-(?P<pid>[1-9]\d{0,8})-[0-9a-f]{16}")
_STOPS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
_NO_RIGHT = "Choose a folder that you may write to"
_NO_SPACE = "Free some space and run it again"
_HINTS = {
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _NO_RIGHT,
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EEXIST: "Remove it or choose another name",
    errno.ENOENT: "Make the folder first",
    errno.ENOTDIR: "Choose another folder",
    errno.ENAMETOOLONG: "Choose a shorter name",
}


def account() -> str:
    """Return the name of the account that runs this process, or its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that its passwd does not know
        return f"uid {os.getuid()}"


@contextmanager
def reporting(where: Path | str, verb: str = "write") -> Iterator[None]:
    """Turn the operating system's refusal to write `where` into an OutputError of one line."""
    try:
        yield
    except OSError as error:
        # Arrow says what it did, with the number of what the system said, or without where it closed a file.
        reason = (os.strerror(error.errno) if error.errno else show(error, 200)).lower()
        raise OutputError(f"cannot {verb} {show(where)}: {reason}", hint=hint_for(error)) from error


def hint_for(error: OSError) -> str:
    """Return what to do about a file that failed."""
    return _HINTS.get(error.errno or 0, "Choose another folder")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGHUP, SIGINT and SIGTERM back until the block is done.

    By handlers, not by a mask: a mask holds for one thread, and the engine's threads would take the signal instead.
    """
    if threading.current_thread() is not threading.main_thread():  # Python runs handlers in the main thread only
        yield
        return
    held: list[int] = []
    before = {number: signal.getsignal(number) for number in _STOPS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, lambda got, _frame: held.append(got))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for received in held:
            signal.raise_signal(received)


@contextmanager
def private_modes() -> Iterator[None]:
    """Make what is created in the block exactly 0700 or 0600, whatever the caller's umask."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def temporary_folder(parent: int, path: Path) -> Iterator[int]:
    """Make the folder `path` (0700) in the open folder `parent` and yield its descriptor; remove it at the end.

    It is removed by its name: what was renamed meanwhile is out of reach, so nothing published is ever undone. It is
    locked while it lives, which shows it alive to a run in another PID namespace too.

    Raises:
        OutputError: it cannot be made, or it cannot be removed and still holds what it held.
    """
    folder = -1
    try:
        with reporting(path), uninterrupted():
            with private_modes():
                os.mkdir(path.name, 0o700, dir_fd=parent)
            folder = os.open(path.name, OPEN_FOLDER, dir_fd=parent)
            with suppress(OSError):  # a filesystem without locks
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        if folder >= 0:
            with reporting(path, "remove"), uninterrupted():
                os.close(folder)
                with suppress(FileNotFoundError):
                    shutil.rmtree(path.name, dir_fd=parent)


def sweep(parent: int, pattern: re.Pattern[str]) -> None:
    """Remove the private folders in `parent` whose names match and whose process (group `pid`) is dead.

    Anything else of that name is left alone: not a folder, not ours, not 0700, its process alive, or locked.
    """
    for name in os.listdir(parent):
        match = pattern.fullmatch(name)
        if match is None:
            continue
        with suppress(OSError), ExitStack() as cleanup:
            folder = os.open(name, OPEN_FOLDER, dir_fd=parent)
            cleanup.callback(os.close, folder)
            if _private(os.fstat(folder)) and _abandoned(folder, int(match["pid"])):
                shutil.rmtree(name, dir_fd=parent)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a new 0700 folder for the rows of one run, `auditctl-UID/run-PID-RANDOM` below the temporary folder.

    It is removed at the end, and those of dead processes at the start. Where `auditctl-UID` is not ours alone, a fresh
    folder of a random name takes its place, and no later run can find it after a kill.

    Raises:
        OutputError: it cannot be made, or cannot be removed and holds what it held.
    """
    with ExitStack() as cleanup:
        with reporting("the temporary folder (TMPDIR)"):
            base = _base(cleanup)
            parent = os.open(base, OPEN_FOLDER)
            cleanup.callback(os.close, parent)
            sweep(parent, _RUN)
        path = base / f"run-{os.getpid()}-{secrets.token_hex(8)}"
        cleanup.enter_context(temporary_folder(parent, path))
        yield path


def temporary_place() -> Path:
    """Return the temporary folder: TMPDIR, TEMP or TMP, else /tmp.

    Python's own choice writes a file into it to see whether it can, which a killed run leaves there, and takes another
    folder where it cannot, in the end the current one.
    """
    return Path(next((value for name in ("TMPDIR", "TEMP", "TMP") if (value := os.environ.get(name))), "/tmp"))  # noqa: S108


def _base(cleanup: ExitStack) -> Path:
    """Return the user's own folder below the temporary folder, made when it is missing."""
    temporary = temporary_place()
    shared = temporary / f"auditctl-{os.geteuid()}"
    with suppress(FileExistsError), private_modes():
        shared.mkdir(0o700)
    if _private(shared.lstat()):
        return shared
    fresh = Path(tempfile.mkdtemp(prefix="auditctl-", dir=temporary))
    cleanup.callback(fresh.rmdir)
    return fresh


def _private(status: os.stat_result) -> bool:
    ours = status.st_uid == os.geteuid()
    return ours and stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) & 0o777 == 0o700


def _abandoned(folder: int, pid: int) -> bool:
    """Whether the process that made this folder is gone; locks it when it is."""
    ours = pid == os.getpid()  # on an old folder: a former process's number, as in containers
    if not ours and _alive(pid):
        return False
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a filesystem without locks
        return not ours
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
