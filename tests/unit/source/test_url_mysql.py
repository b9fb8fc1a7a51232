"""What the driver is given: the URL before its option file, passwords as UTF-8, and TLS that checks when asked to."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from auditctl.errors import UsageError
from auditctl.source.mysql_connect import connect_arguments


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my.cnf"
    path.write_text(
        '[client]\nuser = other\npassword = "p\u00e4ss\U0001f600"\nhost = there\nport = 3307\n'
        "socket = /run/other.sock\n[audit]\nuser = audit\n",
        encoding="utf-8",
    )
    return path


def test_the_url_outranks_the_option_file(file: Path) -> None:
    url = make_url(f"mysql://me:mine@here:3306/superset?connect_timeout=3&read_default_file={file}")
    assert connect_arguments(url) == {
        "user": "me",
        "password": b"mine",
        "host": "here",
        "port": 3306,
        "database": "superset",
        "connect_timeout": 3,
    }


def test_what_the_url_does_not_say_comes_from_the_option_file(file: Path) -> None:
    assert connect_arguments(make_url(f"mysql:///superset?read_default_file={file}")) == {
        "user": "other",
        "password": b"p\xc3\xa4ss\xf0\x9f\x98\x80",
        "host": "there",
        "port": 3307,
        "unix_socket": "/run/other.sock",
        "database": "superset",
    }


def test_another_group_of_the_option_file_can_be_chosen(file: Path) -> None:
    url = make_url(f"mysql://here/superset?read_default_file={file}&read_default_group=audit")
    assert connect_arguments(url) == {"user": "audit", "host": "here", "database": "superset"}


def test_a_group_without_an_option_file_is_refused() -> None:
    with pytest.raises(UsageError, match="read_default_group without read_default_file"):
        connect_arguments(make_url("mysql://here/superset?read_default_group=audit"))


@pytest.mark.parametrize(
    ("options", "certificate", "host"),
    [
        ("ssl_capath=/", True, True),
        ("ssl_capath=/&ssl_check_hostname=false", True, False),
        ("ssl_capath=/&ssl_verify_identity=0", True, False),
        ("ssl_capath=/&ssl_verify_cert=false", False, False),
        ("ssl_verify_cert=true", True, True),
        ("ssl_verify_identity=true", True, True),
        ("ssl_verify_cert=no", False, False),
    ],
)
def test_tls_checks_what_it_is_asked_to(options: str, certificate: bool, host: bool) -> None:
    context = connect_arguments(make_url(f"mysql://here/superset?{options}"))["ssl"]
    assert (context.verify_mode == ssl.CERT_REQUIRED, context.check_hostname) == (certificate, host)


@pytest.mark.parametrize("option", ["ssl_ca", "ssl_cert", "ssl_key"])
def test_a_certificate_that_is_none_is_said(tmp_path: Path, option: str) -> None:
    path = tmp_path / "none.pem"
    path.write_text("CANARY", encoding="utf-8")
    with pytest.raises(UsageError, match="names a file that cannot be read: no such PEM") as found:
        connect_arguments(make_url(f"mysql://here/superset?{option}={path}&ssl_key_password=CANARY"))
    assert "CANARY" not in str(found.value.diagnostics())
