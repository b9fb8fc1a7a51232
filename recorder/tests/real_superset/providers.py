"""Systems of others that say who somebody is, on this host and as small as they can be."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PASSWORD = b"right-CANARY-1"


class _Directory(socketserver.StreamRequestHandler):
    """LDAP, RFC 4511, no more than a bind by name and password; every name has the one password."""

    def handle(self) -> None:
        while head := self.rfile.read(2):
            body = self.rfile.read(head[1])  # short forms only: these messages have less than 128 bytes
            number, request = body[:3], body[3:]
            if request[0] != 0x60:  # BindRequest; an unbind ends it
                return
            name = 2 + 3 + 2 + request[6]  # the tag and length, the version, and those of the name
            password = request[name + 2 : name + 2 + request[name + 1]]
            code = 0 if password == PASSWORD else 49  # success, invalidCredentials
            answer = number + bytes([0x61, 7, 0x0A, 1, code, 4, 0, 4, 0])
            self.wfile.write(bytes([0x30, len(answer)]) + answer)


class _OAuth(BaseHTTPRequestHandler):
    """OAuth 2: the code is the name of the account, and so is the token."""

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer({"access_token": sent["code"][0], "token_type": "Bearer"})

    def do_GET(self) -> None:
        name = self.headers["Authorization"].removeprefix("Bearer ")
        self._answer({"username": name, "email": f"{name}@example.com"})

    def _answer(self, body: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def directory() -> Iterator[str]:
    """Give the address of a directory."""
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Directory)) as port:
        yield f"ldap://127.0.0.1:{port}"


@contextmanager
def oauth_provider() -> Iterator[str]:
    """Give the address of an OAuth provider."""
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), _OAuth)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
