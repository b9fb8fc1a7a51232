"""The canary: one harmless act against an HTTP server that records it as Superset does, late, or not at all."""

from __future__ import annotations

import json
import shutil
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.recorder.stores import file_store

from .command import FIXTURE, CommandLine, Finished

SIGN_IN = "/api/v1/security/login"
INFO = "/api/v1/dashboard/_info"
PASSWORD = "CANARY-password-1"


@dataclass
class Site:
    """A stand-in for Superset, with a metadata database of its own."""

    database: Path
    base: str = ""
    after: float | None = 0.0
    """Seconds until an act is in the log; None: it never is."""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Path -> status and body that it answers with instead."""
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    """Path, headers and body of each request."""

    def log(self, action: str, payload: dict[str, Any], at: datetime | None = None) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(
                "INSERT INTO logs (action, json, dttm) VALUES (?, ?, ?)",
                (action, json.dumps(payload), f"{at or datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"),
            )

    def act(self, path: str, query: dict[str, str], body: Any) -> tuple[int, str]:
        if path in self.answers:
            return self.answers[path]
        if path == SIGN_IN:
            if body["password"] == PASSWORD:
                return 200, json.dumps({"access_token": "bearer-1"})
            self.record("UserLoginFailed", {"username": body["username"], "event_outcome": "failed"})
            return 401, json.dumps({"message": "Not authorized"})
        self.record("DashboardRestApi.info", {"path": path, **query})
        return 200, json.dumps({"permissions": ["can_read"]})

    def record(self, action: str, payload: dict[str, Any]) -> None:
        if self.after is not None:
            threading.Timer(self.after, self.log, (action, payload)).start()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        parts = urlsplit(self.path)
        self.site.asked.append((parts.path, dict(self.headers), body))
        status, text = self.site.act(parts.path, dict(parse_qsl(parts.query)), body)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", text)
            text = ""
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


def certificate(folder: Path) -> Path:
    """Return a file with the certificate of this host, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "loopback.pem"
    path.write_bytes(made.public_bytes(pem) + private)
    return path


@contextmanager
def serving(site: Site, tls: Path | None = None) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.base = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    database = tmp_path / "superset.db"
    shutil.copy(FIXTURE, database)
    with serving(Site(database)) as made:
        yield made


@pytest.fixture
def canary(auditctl: CommandLine, site: Site, tmp_path: Path) -> Callable[..., Finished]:
    def call(*arguments: str, base: str = "", **environment: str) -> Finished:
        source = ("--url", f"sqlite:///{site.database}")
        return auditctl(*source, "canary", base or site.base, *arguments, cwd=tmp_path, **environment)

    return call


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.touch(0o600)
    path.write_text(f"{PASSWORD}\n")
    return path


def test_a_rejected_sign_in_that_is_recorded_is_found(canary: Callable[..., Finished], site: Site) -> None:
    site.after = 1.0
    result = canary()
    assert (result.code, result.err) == (0, "")
    ((path, headers, body),) = site.asked
    assert (path, body["provider"], headers["Content-Type"]) == (SIGN_IN, "db", "application/json")
    assert body["username"].startswith("auditctl-canary-")
    assert body["username"] in " ".join(result.out.split())
    with closing(sqlite3.connect(site.database)) as connection:
        ((key, at),) = connection.execute("SELECT id, dttm FROM logs WHERE action = 'UserLoginFailed'")
    assert f"logs:{key} of main: UserLoginFailed, {at[:19]} UTC" in " ".join(result.out.split())
    seconds = float(result.out.partition("found after ")[2].partition(" s")[0])
    assert 0.9 < seconds < 30


def test_a_sign_in_that_nothing_records_is_not_evidenced_and_no_failure(
    canary: Callable[..., Finished], site: Site
) -> None:
    site.after = None
    result = canary("--within", "1s")
    assert (result.code, result.err) == (4, "")
    assert result.out.startswith("Not evidenced: no row of it within 1s.\n")
    assert "this is no fault of the logging" in " ".join(result.out.split())


def test_a_row_in_one_of_two_places_is_not_enough(canary: Callable[..., Finished], tmp_path: Path) -> None:
    file_store(tmp_path / "audit.db")
    result = canary("--within", "3s", AUDITCTL_AUDIT_URL=f"sqlite:///{tmp_path}/audit.db")
    assert (result.code, result.err) == (4, "")
    assert " of main: UserLoginFailed" in result.out
    assert "Only one of the two places has it" in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("kinds", "age", "said"),
    [
        (["sign_in", "sign_in_failure"], timedelta(minutes=2), "A recorder runs: its last heartbeat says"),
        (["sign_in"], timedelta(minutes=2), "do not name failed sign-ins: see AUDIT_KINDS"),
        (["sign_in_failure"], timedelta(days=2), "it does not run, or its rows do not arrive"),
    ],
)
def test_where_there_was_a_recorder_its_heartbeats_tell_why_there_is_no_row(
    kinds: list[str], age: timedelta, said: str, canary: Callable[..., Finished], site: Site
) -> None:
    site.after = None
    site.log("RecorderHeartbeat", {"recorder": 1, "kinds": kinds}, datetime.now(UTC) - age)
    result = canary("--within", "1s")
    assert result.code == 4
    assert said in " ".join(result.out.split())


def test_an_act_of_an_account_is_found_by_its_mark(
    canary: Callable[..., Finished], site: Site, password_file: Path
) -> None:
    site.log("DashboardRestApi.info", {"canary": "auditctl-canary-of-yesterday"})
    result = canary("--user", "auditor", "--password-file", str(password_file))
    assert (result.code, result.err) == (0, "")
    (_, _, body), (path, headers, _) = site.asked
    assert (body["username"], body["password"]) == ("auditor", PASSWORD)
    assert (path, headers["Authorization"]) == (INFO, "Bearer bearer-1")
    with closing(sqlite3.connect(site.database)) as connection:
        (highest,) = connection.execute("SELECT max(id) FROM logs").fetchone()
    assert f"logs:{highest} of main: DashboardRestApi.info" in result.out


def test_an_act_that_every_superset_records_and_that_is_not_there_questions_the_logging(
    canary: Callable[..., Finished], site: Site, password_file: Path
) -> None:
    site.after = None
    result = canary("--user", "auditor", "--password-file", str(password_file), "--within", "1s")
    assert result.code == 4
    assert "Superset records this act, in every release." in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ((302, "https://sso.example.org/?next=x"), "answered 302 to /api/v1/security/login, a redirect to https://sso"),
        ((200, "{}"), "answered 200 to /api/v1/security/login. Give the address"),
        ((401, "<html>"), "answered 401 to /api/v1/security/login, and not as Superset does"),
        ((404, '{"message": "no"}'), "answered 404 to /api/v1/security/login"),
    ],
)
def test_an_answer_that_is_no_rejected_sign_in_ends_the_test(
    answer: tuple[int, str], complaint: str, canary: Callable[..., Finished], site: Site
) -> None:
    site.answers[SIGN_IN] = answer
    result = canary()
    assert (result.code, result.out, len(result.complaints), len(site.asked)) == (3, "", 1, 1)
    assert complaint in result.err
    assert "next=" not in result.err


@pytest.mark.parametrize(
    ("path", "answer", "complaint"),
    [
        (SIGN_IN, (401, "{}"), "Superset rejected the sign-in of auditor"),
        (SIGN_IN, (200, '{"access_token": "a\\nX-Evil: 1"}'), "answered 200 to /api/v1/security/login"),
        (INFO, (403, "{}"), "Superset does not let auditor read dashboards. Take an account"),
    ],
)
def test_an_account_that_cannot_do_the_act_is_said_so(
    path: str,
    answer: tuple[int, str],
    complaint: str,
    canary: Callable[..., Finished],
    site: Site,
    password_file: Path,
) -> None:
    site.answers[path] = answer
    result = canary("--user", "auditor", "--password-file", str(password_file))
    assert (result.code, result.out, len(result.complaints)) == (3, "", 1)
    assert complaint in result.err


def test_a_superset_that_does_not_answer_is_unreachable(canary: Callable[..., Finished]) -> None:
    result = canary(base="http://127.0.0.1:9")
    assert (result.code, result.out, len(result.complaints)) == (3, "", 1)
    assert "http://127.0.0.1:9 cannot be reached: Connection refused. Is Superset running there?" in result.err


def test_nothing_is_done_where_the_source_cannot_be_read(auditctl: CommandLine, site: Site, tmp_path: Path) -> None:
    result = auditctl("--url", f"sqlite:///{tmp_path}/none.db", "canary", site.base, cwd=tmp_path)
    assert (result.code, result.out, site.asked) == (3, "", [])


@pytest.mark.parametrize(
    ("arguments", "base", "complaint"),
    [
        ((), "https://a:secret@example.org", "the address of Superset holds a user. Use --user and --password-file"),
        (("--within", "2h"), "", "--within 2h: expected 1s to 60m"),
        (("--user", "a"), "", "--user and --password-file go together"),
        (("--user", "a", "--password-file", "missing"), "", "--password-file missing: no such file"),
    ],
)
def test_bad_input_does_nothing(
    arguments: tuple[str, ...], base: str, complaint: str, canary: Callable[..., Finished], site: Site
) -> None:
    result = canary(*arguments, base=base)
    assert (result.code, result.out, len(result.complaints), site.asked) == (2, "", 1, [])
    assert complaint in result.err
    assert "secret" not in result.err


def test_a_password_is_not_taken_from_a_file_that_others_can_read(
    canary: Callable[..., Finished], password_file: Path
) -> None:
    password_file.chmod(0o644)
    result = canary("--user", "a", "--password-file", str(password_file))
    assert result.code == 2
    assert "others on this machine can read it. Run chmod 600" in result.err


def test_a_password_does_not_travel_in_the_clear(canary: Callable[..., Finished], password_file: Path) -> None:
    result = canary("--user", "a", "--password-file", str(password_file), base="http://superset.example.org")
    assert result.code == 2
    assert "a password is not sent without encryption" in result.err


def test_a_certificate_counts_only_where_its_authority_is_trusted(
    canary: Callable[..., Finished], site: Site, tmp_path: Path
) -> None:
    ours = certificate(tmp_path)
    with serving(Site(site.database), tls=ours) as secure:
        stranger = canary(base=secure.base)
        assert (stranger.code, stranger.out, secure.asked) == (3, "", [])
        assert f"the certificate of {secure.base} is not trusted: self-signed certificate" in stranger.err
        assert canary(base=secure.base, SSL_CERT_FILE=str(ours)).code == 0


def test_proxies_of_the_environment_are_used_but_not_for_this_host(canary: Callable[..., Finished], site: Site) -> None:
    assert canary(http_proxy="http://127.0.0.1:9").code == 0
    result = canary(base="http://superset.invalid", http_proxy=site.base)
    assert result.code == 0
    assert site.asked[-1][1]["Host"] == "superset.invalid"
