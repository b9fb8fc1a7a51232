"""A proxy on the loopback interface before a server, which lets a fault happen after so many rows of one statement."""

from __future__ import annotations

import re
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.engine import URL

from .databases import Loaded
from .launch import HOST

Fault = Callable[[int], object]
"""What happens to the backend with this number, once so many of its rows have passed."""
LOG_ROWS: Final = re.compile(rb"(?is)^(?:copy \()?select .*\bfrom \S*logs\S* .*order by \S*\bid\b")
"""The statement that reads the rows of the log."""
_CHUNK: Final = 1 << 16


@dataclass(eq=False)
class Proxy:
    """Passes on what is said on both sides; where a statement is met, so many rows, and then nothing but an error."""

    behind: Loaded
    rows: int
    """How many rows of the statement pass before the fault; as many as there are: all, but not that they are all."""
    fault: Fault | None
    """None: the connection breaks, and nobody says why."""
    times: int = 1
    """How often it happens; whoever asks again later is left alone."""
    statement: re.Pattern[bytes] = LOG_ROWS
    fired: list[int] = field(default_factory=list)
    """The backends that it happened to."""
    _listener: socket.socket = field(default_factory=lambda: socket.create_server((HOST, 0)))

    def url(self) -> URL:
        """Return the address of the database by way of this proxy, without encryption."""
        url = self.behind.url().set(port=self._listener.getsockname()[1])
        plain = {"sslmode": "disable", "gssencmode": "disable"} if self.behind.server.kind == "postgresql" else {}
        return url.update_query_dict(plain)

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _connect(self, client: socket.socket) -> None:
        reader = _Postgresql() if self.behind.server.kind == "postgresql" else _Mariadb()
        with client, socket.create_connection((HOST, self.behind.server.port)) as server:
            asking = threading.Thread(target=self._ask, args=(client, server, reader), daemon=True)
            asking.start()
            with suppress(OSError):
                self._answer(client, server, reader)
            for one in (client, server):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _ask(self, client: socket.socket, server: socket.socket, reader: _Reader) -> None:
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                if self.statement.search(reader.statement(data)):
                    reader.met()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket, reader: _Reader) -> None:
        passed, broken = 0, False
        for message in _messages(server, reader):
            kind = reader.kind(message)
            if not broken and kind in ("row", "end") and passed == self.rows and len(self.fired) < self.times:
                self.fired.append(reader.backend)
                if self.fault is None:
                    return
                self.fault(reader.backend)
                broken = True
            passed = 0 if kind == "end" else passed + (kind == "row")
            if not broken or kind == "error":
                client.sendall(message)


class _Reader(ABC):
    """What the messages of one connection are."""

    backend = 0
    head: int
    """Bytes before the body of a message."""

    @abstractmethod
    def length(self, head: bytes) -> int: ...

    @abstractmethod
    def statement(self, data: bytes) -> bytes: ...

    @abstractmethod
    def met(self) -> None:
        """The statement was sent: what comes next are its rows."""

    @abstractmethod
    def kind(self, message: bytes) -> str:
        """Return row or end of the statement that was met, error, or nothing."""


class _Postgresql(_Reader):
    head = 5
    _met = False

    def length(self, head: bytes) -> int:
        return int.from_bytes(head[1:5]) - 4

    def statement(self, data: bytes) -> bytes:
        return data[5:] if data[:1] in b"QP" else b""

    def met(self) -> None:
        self._met = True

    def kind(self, message: bytes) -> str:
        letter = message[:1]
        if letter == b"K":
            self.backend = int.from_bytes(message[5:9])
        if letter == b"E":
            return "error"
        if self._met and letter in b"dD":
            return "row"
        if self._met and letter in b"cC":
            self._met = False
            return "end"
        return ""


class _Mariadb(_Reader):
    head = 4
    _left: int | None = None
    """Packets about columns that are still to come, once it is known how many; negative: rows come."""
    _met = False

    def length(self, head: bytes) -> int:
        return int.from_bytes(head[:3], "little")

    def statement(self, data: bytes) -> bytes:
        return data[5:] if data[4:5] == b"\x03" else b""

    def met(self) -> None:
        self._met, self._left = True, None

    def kind(self, message: bytes) -> str:
        body = message[4:]
        if not self.backend:
            start = body.index(b"\0") + 1
            self.backend = int.from_bytes(body[start : start + 4], "little")
        if body[:1] == b"\xff":
            return "error"
        if not self._met:
            return ""
        if self._left is None:
            self._left = body[0]
            return ""
        if self._left >= 0:  # of the columns, and what ends them
            self._left -= 1
            return ""
        if body[:1] == b"\xfe" and len(body) < 9:
            self._met = False
            return "end"
        return "row"


def _messages(server: socket.socket, reader: _Reader) -> Iterator[bytes]:
    """Yield whole messages of the server."""
    held = b""
    while data := server.recv(_CHUNK):
        held += data
        while len(held) >= reader.head and len(held) >= (size := reader.head + reader.length(held)):
            yield held[:size]
            held = held[size:]


@contextmanager
def before(loaded: Loaded, rows: int, fault: Fault | None, times: int = 1) -> Iterator[Proxy]:
    """Give a proxy before a database, and close it afterwards."""
    proxy = Proxy(loaded, rows, fault, times)
    serving = threading.Thread(target=proxy.serve, daemon=True)
    serving.start()
    try:
        yield proxy
    finally:
        proxy.close()
        serving.join()


def kill(loaded: Loaded) -> Fault:
    """Return what ends a backend, as its administrator does."""

    def end(backend: int) -> None:
        statement = "SELECT pg_terminate_backend({})" if loaded.server.kind == "postgresql" else "KILL {}"
        loaded.run(statement.format(backend))

    return end
