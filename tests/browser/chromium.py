"""Headless Chromium, driven through two pipes: no port is opened, and no name resolves."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_SWITCHES: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # which root cannot have; it opens no page but ours
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-proxy-server",
)
_PATIENCE_S: Final = 120

Message = dict[str, Any]


def program() -> str | None:
    """Return the path of the browser, or None where there is none."""
    return next((path for path in map(shutil.which, _PROGRAMS) if path), None)


@dataclass(slots=True)
class Chromium:
    """A running browser: messages in JSON, each ended by a zero byte, go in by one pipe and come out by the other."""

    _to: IO[bytes]
    _from: IO[bytes]
    _calls: int = 0
    _unread: bytes = b""
    _events: list[Message] = field(default_factory=list)

    def call(self, method: str, session: str | None = None, /, **parameters: object) -> Message:
        """Call a method of the DevTools protocol, in a page's session where one is given, and return its result."""
        self._calls += 1
        message: Message = {"id": self._calls, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._calls:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: Message = answer["result"]
                return result
            self._events.append(answer)

    def events(self, session: str, *methods: str) -> list[Message]:
        """Return the parameters of the events of a page that have come so far."""
        found = [event for event in self._events if event.get("sessionId") == session and event["method"] in methods]
        return [event["params"] for event in found]

    def wait_for(self, session: str, method: str, **parameters: object) -> None:
        """Return when an event of a page has come that has these parameters."""
        while not any(parameters.items() <= event.items() for event in self.events(session, method)):
            self._events.append(self._read())

    def _read(self) -> Message:
        deadline = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            read = os.read(self._from.fileno(), 1 << 20) if ready else b""
            assert read, "Chromium does not answer"
            self._unread += read
        text, _, self._unread = self._unread.partition(b"\0")
        message: Message = json.loads(text)
        return message


@contextmanager
def running(path: str, folder: Path) -> Iterator[Chromium]:
    """Start the browser with a new profile in `folder`, and end it."""
    to, back = folder / "to", folder / "back"
    os.mkfifo(to)
    os.mkfifo(back)
    # The protocol wants its pipes as the descriptors 3 and 4.
    command = ["sh", "-c", 'exec "$@" 3<to 4>back', "sh", path, *_SWITCHES, f"--user-data-dir={folder / 'profile'}"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            with to.open("wb", buffering=0) as there, back.open("rb", buffering=0) as here:
                chromium = Chromium(there, here)
                yield chromium
                # Of its own accord, so that all its processes have left the folder.
                chromium.call("Browser.close")
                process.wait(_PATIENCE_S)
        finally:
            process.kill()
