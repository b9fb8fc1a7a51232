"""The options of a source URL: known, meant, once, and never in the way of the host that is printed."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import URL

from auditctl.errors import ExitCode, UsageError
from auditctl.source.url import choose_url


def chosen(text: str) -> URL:
    return choose_url(argument=None, url_file=None, configured=text)


@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("mysql://db/superset?init_command=SET+%40p%3D%22CANARY%22", "init_command"),
        ("mysql://db/superset?conv=CANARY", "conv"),
        ("mysql://db/superset?client_flag=CANARY", "client_flag"),
        ("mysql://db/superset?read_timeout=CANARY", "read_timeout"),
        ("mysql://db/superset?local_infile=1", "local_infile"),
        ("mysql://db/superset?ssl=true", "ssl"),
        ("mysql://db/superset?sslmode=require", "sslmode"),
        ("mysql://db/superset?connect_timeout=0", "connect_timeout"),
        ("mysql://db/superset?connect_timeout=CANARY", "connect_timeout"),
        ("mysql://db/superset?ssl_check_hostname=CANARY", "ssl_check_hostname"),
        ("mysql://db/superset?charset=utf8&charset=utf8mb4", "charset"),
        ("postgresql://db/superset?prepare_threshold=CANARY", "prepare_threshold"),
        ("postgresql://db/superset?row_factory=CANARY", "row_factory"),
        ("postgresql://db/superset?cursor_factory=CANARY", "cursor_factory"),
        ("postgresql://db/superset?plugin=CANARY", "plugin"),
        ("postgresql://db/superset?password=CANARY", "password"),
        ("postgresql://db/superset?sslmode=CANARY", "sslmode"),
        ("postgresql://db/superset?connect_timeout=-1", "connect_timeout"),
        ("postgresql://db/superset?options=-cCANARY%3D1&options=-cCANARY%3D2", "options"),
        ("postgresql:///superset?host=CANARY", "host"),
        ("postgresql:///superset?host=/run/a,/run/b", "host"),
        ("sqlite:////srv/metadata.sqlite?immutable=1", "immutable"),
    ],
)
def test_an_option_that_cannot_be_meant_is_named_and_its_value_is_not(url: str, option: str) -> None:
    with pytest.raises(UsageError) as found:
        chosen(url)
    (line,) = found.value.diagnostics()
    assert f"option {option} " in line.replace(",", " ")
    assert "CANARY" not in line
    assert found.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("postgresql://audited.example/superset?host=127.0.0.1:6543", "host"),
        ("postgresql://audited.example/superset?host=/run/postgresql", "host"),
        ("postgresql://audited.example/superset?hostaddr=127.0.0.1", "hostaddr"),
        ("postgresql://audited.example/superset?port=6543", "port"),
        ("postgresql://audited.example/superset?user=other", "user"),
        ("postgresql://audited.example/superset?dbname=other", "dbname"),
        ("postgresql://audited.example/superset?service=other", "service"),
        ("mysql://audited.example/superset?unix_socket=/run/mysqld.sock", "unix_socket"),
        ("mysql://audited.example/superset?host=other", "host"),
        ("mysql://audited.example/superset?db=other", "db"),
    ],
)
def test_no_option_leads_elsewhere_than_the_url_says(url: str, option: str) -> None:
    with pytest.raises(UsageError, match=f"has the option {option}[ ,]"):
        chosen(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///superset?host=%2Frun%2Fpostgresql&port=6543",
        "postgresql:///superset?service=audit",
        "postgresql://db/superset?options=-csearch_path%3Dmeta&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
        "postgresql://db/superset?keepalives=1&keepalives_idle=30&target_session_attrs=read-only",
        "mysql://db/superset?connect_timeout=99999&ssl_ca=%2Fetc%2Fca.pem&ssl_check_hostname=false",
        "mysql://localhost/superset?unix_socket=%2Frun%2Fmysqld.sock",
        "mysql:///superset?unix_socket=%2Frun%2Fmysqld.sock",
    ],
)
def test_what_can_be_meant_stays(url: str) -> None:
    assert chosen(url).render_as_string() == url


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("mysql+pymysql://db/superset?charset=latin1&use_unicode=0&ssl_ca=a", "mysql://db/superset?ssl_ca=a"),
        ("postgresql+psycopg2://db/superset?client_encoding=sql_ascii", "postgresql://db/superset"),
        ("sqlite:////srv/a.db?check_same_thread=false&timeout=5&mode=rw&cache=shared", "sqlite:////srv/a.db"),
    ],
)
def test_how_text_and_files_are_read_is_not_left_to_a_copied_url(url: str, kept: str) -> None:
    assert chosen(url).render_as_string() == kept
