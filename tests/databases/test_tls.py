"""What is wrong with TLS is said, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg.conninfo import make_conninfo

from auditctl.errors import SourceError, UsageError
from auditctl.source import mysql_driver
from auditctl.source.mysql_connect import connect_arguments
from auditctl.source.postgresql_arrow import ArrowConnection
from tests.servers.launch import launching
from tests.servers.mariadb import start_mariadb
from tests.servers.postgresql import start_postgresql
from tests.servers.server import Server

from .opened import OpenAt

PASSWORD = "CANARY-tls"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `ours`, which the servers show and is that of other.example, and `theirs`."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "theirs"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("other.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{name}.key").write_bytes(private)
    return folder


@pytest.fixture(scope="module")
def pg_with_tls(postgresql: Server, certificates: Path) -> Iterator[Server]:
    """Start a PostgreSQL that has TLS, and takes the role `guarded` with it alone."""
    with launching("tls") as launcher:
        server = start_postgresql(launcher)
        rules = "hostssl all guarded 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 scram-sha-256\n"
        paths = {
            "ssl_cert_file": launcher.secret("crt", (certificates / "ours.crt").read_text()),
            "ssl_key_file": launcher.secret("key", (certificates / "ours.key").read_text()),
        }
        Path(server.run("SHOW hba_file")[0][0]).write_text(rules, encoding="utf-8")
        server.run(
            f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'",
            *(f"ALTER SYSTEM SET {name} = '{path}'" for name, path in paths.items()),
            "ALTER SYSTEM SET ssl = on",
            "SELECT pg_reload_conf()",
        )
        yield server


@pytest.fixture(scope="module")
def maria_with_tls(mariadb: Server, certificates: Path) -> Iterator[Server]:
    """Start a MariaDB that has TLS."""
    with launching("tls") as launcher:
        files = (launcher.secret(kind, (certificates / f"ours.{kind}").read_text()) for kind in ("crt", "key"))
        options = [f"--ssl-{kind}={path}" for kind, path in zip(("cert", "key"), files, strict=True)]
        yield start_mariadb(launcher, *options)


def refusal(open_at: OpenAt, server: Server, user: str | None = None, **options: str) -> str:
    password = server.password if user is None else PASSWORD
    url = server.url("postgres" if server.kind == "postgresql" else "mysql", user or server.admin, password)
    with pytest.raises(SourceError) as found:
        open_at(url.update_query_dict(options))
    (line,) = found.value.diagnostics()
    assert "CANARY" not in line
    return line


def test_an_authority_that_is_no_file_is_said(pg_with_tls: Server, open_at: OpenAt) -> None:
    line = refusal(open_at, pg_with_tls, sslmode="verify-full", sslrootcert="/nonexistent/ca.pem")
    assert "sslrootcert names no file" in line


def test_an_authority_that_is_no_file_is_a_mistake_of_the_url_where_the_driver_reads_it_first(
    mariadb: Server, open_at: OpenAt
) -> None:
    with pytest.raises(UsageError, match="names a file that cannot be read"):
        open_at(mariadb.url("mysql").update_query_dict({"ssl_ca": "/nonexistent/ca.pem"}))


def test_a_certificate_of_another_authority_is_said(
    pg_with_tls: Server, maria_with_tls: Server, certificates: Path, open_at: OpenAt
) -> None:
    authority = str(certificates / "theirs.crt")
    lines = [
        refusal(open_at, pg_with_tls, sslmode="verify-full", sslrootcert=authority),
        refusal(open_at, maria_with_tls, ssl_ca=authority),
    ]
    assert ["the certificate is not of an authority that is trusted" in line for line in lines] == [True, True]


def test_a_certificate_of_another_host_is_said(
    pg_with_tls: Server, maria_with_tls: Server, certificates: Path, open_at: OpenAt
) -> None:
    authority = str(certificates / "ours.crt")
    lines = [
        refusal(open_at, pg_with_tls, sslmode="verify-full", sslrootcert=authority),
        refusal(open_at, maria_with_tls, ssl_ca=authority),
    ]
    assert ["the certificate is for another host" in line for line in lines] == [True, True]


def test_a_server_without_tls_is_said(postgresql: Server, mariadb: Server, certificates: Path, open_at: OpenAt) -> None:
    lines = [
        refusal(open_at, postgresql, sslmode="require"),
        refusal(open_at, mariadb, ssl_ca=str(certificates / "ours.crt")),
    ]
    assert ["the server offers no TLS" in line for line in lines] == [True, True]


def test_tls_is_spoken_with_mysql_where_it_is_offered_and_not_asked_for(
    maria_with_tls: Server, mariadb: Server, certificates: Path
) -> None:
    authority = {"ssl_ca": str(certificates / "ours.crt"), "ssl_check_hostname": "false"}
    asked = [maria_with_tls.url("mysql"), maria_with_tls.url("mysql").update_query_dict(authority)]
    ciphers = []
    for url in (*asked, mariadb.url("mysql")):
        with (
            closing(mysql_driver.connect(**connect_arguments(url))) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            ciphers.append(cursor.fetchone()[1] != "")
        with closing(mysql_driver.connect(**connect_arguments(url))) as connection:
            streamed = connection.cursor(mysql_driver.Stream)
            streamed.execute("SELECT seq, repeat('x', 1000) FROM seq_1_to_3000")
            assert [seq for seq, _ in streamed.fetchall()] == list(range(1, 3001))
    assert ciphers == [True, True, False]


def test_a_role_that_is_taken_with_tls_alone_is_told_of_it(pg_with_tls: Server, open_at: OpenAt) -> None:
    line = refusal(open_at, pg_with_tls, "guarded", sslmode="disable")
    assert "Add a line for this host, role and database to pg_hba.conf; or it wants TLS: ?sslmode=require" in line
    assert "not a Superset metadata database" in refusal(open_at, pg_with_tls, "guarded", sslmode="require")


def test_a_role_that_is_not_taken_with_tls_either_is_not_told_of_it(pg_with_tls: Server, open_at: OpenAt) -> None:
    line = refusal(open_at, pg_with_tls, "stranger")
    assert "Add a line for this host, role and database to pg_hba.conf" in line
    assert "TLS" not in line


def address(server: Server) -> dict[str, Any]:
    """Return what libpq needs to connect as the administrator."""
    own = {"user": server.admin, "password": server.password}
    return {"host": server.host, "port": server.port, "dbname": "postgres", **own}


@pytest.mark.parametrize("mode", ["prefer", "require", "verify-ca"])
def test_the_second_connection_of_postgresql_has_tls_where_the_first_has(
    pg_with_tls: Server, certificates: Path, mode: str
) -> None:
    authority = {"sslrootcert": str(certificates / "ours.crt")} if mode == "verify-ca" else {}
    parameters = {**address(pg_with_tls), "sslmode": mode, **authority}
    with psycopg.connect(make_conninfo(**parameters)) as first:
        first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        second = ArrowConnection(first, parameters)
        assert second._ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == (True,)
        second.close()
    first.close()


def test_a_second_connection_that_would_have_no_tls_is_not_made(pg_with_tls: Server, certificates: Path) -> None:
    given = address(pg_with_tls)
    with psycopg.connect(make_conninfo(**given, sslmode="require")) as first:
        first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        wrong = {**given, "sslmode": "verify-full", "sslrootcert": str(certificates / "theirs.crt")}
        with pytest.raises(Exception, match="certificate verify failed") as found:
            ArrowConnection(first, wrong)
        assert pg_with_tls.password not in str(found.value)
    first.close()
