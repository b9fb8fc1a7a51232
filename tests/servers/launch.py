"""Start a server that belongs to this test run alone, by an account that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import OperationalError

from .server import Server

HOST: Final = "127.0.0.1"
_PATIENCE_S: Final = 60


class CannotStartError(Exception):
    """A server cannot be had; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts the processes of one server in a new `folder`, and ends them."""

    folder: Path
    _started: list[tuple[subprocess.Popen[bytes], signal.Signals]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700)
        _give_away(self.folder)

    def secret(self, name: str, text: str) -> Path:
        """Write a file that nobody but the server reads."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        _give_away(path)
        return path

    def finish(self, *command: str | Path) -> None:
        """Run a command to its end.

        Raises:
            CannotStartError: it failed.
        """
        if self._start(command, signal.SIGKILL).wait() != 0:
            raise CannotStartError(f"{Path(command[0]).name} failed: {self._last_words()}")

    def serve(self, server: Server, version: str, *command: str | Path, stop: signal.Signals) -> Server:
        """Start a server that ends at once on the signal `stop`, and return it with what the SQL of `version` finds.

        Raises:
            CannotStartError: it ended, or does not answer.
        """
        process = self._start(command, stop)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return replace(server, version=server.run(version)[0][0])
            except OperationalError as error:
                if process.poll() is not None:
                    raise CannotStartError(f"{Path(command[0]).name} ended: {self._last_words()}") from error
                if time.monotonic() > deadline:
                    raise CannotStartError(f"{Path(command[0]).name} does not answer: {error.orig}") from error
            time.sleep(0.05)

    def stop(self) -> None:
        """End all that was started, at once: nothing of it is kept."""
        for process, stop in self._started:
            process.send_signal(stop)
        for process, _ in self._started:
            process.wait()

    def _start(self, command: Sequence[str | Path], stop: signal.Signals) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=0o077, **_account()
            )
        self._started.append((process, stop))
        return process

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
        return next((line for line in reversed(lines) if "error" in line.lower() or "FATAL" in line), lines[-1])


@contextmanager
def launching(name: str) -> Iterator[Launcher]:
    """Give a launcher, and afterwards end what it started and remove its folder."""
    with tempfile.TemporaryDirectory(prefix=f"auditctl-{name}-") as parent:
        # The servers' account passes through; it can neither list nor write here.
        Path(parent).chmod(0o711)
        launcher = Launcher(Path(parent) / "server")
        try:
            yield launcher
        finally:
            launcher.stop()


def program(name: str, folders: Sequence[str | Path]) -> str | None:
    """Return the path of a program in one of the folders, or else on the path."""
    return shutil.which(name, path=os.pathsep.join(map(str, folders))) or shutil.which(name)


def free_port() -> int:
    """Return a port of the loopback interface that is free now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def _account() -> dict[str, Any]:
    """Return who runs the servers, as `subprocess` wants it: nobody instead of root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _give_away(path: Path) -> None:
    account = _account()
    if account:
        os.chown(path, account["user"], account["group"])
