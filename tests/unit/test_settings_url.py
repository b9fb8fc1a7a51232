"""Source URLs: where they lead, and that no secret of theirs is shown or left readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from auditctl.errors import SettingsError, UsageError
from auditctl.settings import effective, load_settings, redact_url, resolve_url
from auditctl.settings.url import holds_secret, password_place, without_secrets


def write(folder: Path, text: str) -> Path:
    path = folder / "auditctl.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, in which problems are those of plain `auditctl.toml`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


SECRET_URLS = [
    "postgresql://audit:CANARY@db.example.org/superset",
    "postgresql://db.example.org/superset?sslpassword=CANARY",
    "mysql+pymysql://db.example.org/superset?auth_token=CANARY",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Daudit%3BPWD%3DCANARY",
]


@pytest.mark.parametrize("url", SECRET_URLS)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_password_that_others_can_read_is_refused_with_the_remedy(here: Path, url: str, mode: int) -> None:
    write(here, f'[source]\nurl = "{url}"\n').chmod(mode)
    with pytest.raises(SettingsError) as error:
        load_settings(None, {})
    assert error.value.diagnostics() == [
        "auditctl.toml:2: source.url: holds a secret that others on this machine can read; run chmod 600 auditctl.toml"
    ]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_a_password_that_only_its_owner_can_read_is_accepted(here: Path, url: str) -> None:
    settings = load_settings(write(here, f'source.url = "{url}"'), {})
    assert "CANARY" in (settings.source.url or "")
    assert "CANARY" not in repr(settings)
    assert "CANARY" not in json.dumps(effective(settings))


def test_a_url_without_a_secret_may_be_read_by_everybody(here: Path) -> None:
    write(here, 'source.url = "postgresql://audit@db/superset?passfile=/etc/pgpass"').chmod(0o644)
    assert load_settings(None, {}).source.url == "postgresql://audit@db/superset?passfile=%2Fetc%2Fpgpass"


@pytest.mark.parametrize(
    "url",
    [
        "CANARY",
        "postgresql://audit:CANARY",
        "postgresql://audit:12@CANARY@db/superset",
        "postgresql://audit:12@db/CANARY@db/superset",
        "postgresql://db:CANARY/superset",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:CANARY?uri=true",
        "postgresql://audit:1@2?sslkey=3CANARY@db/superset",
        "mysql://CANARY..example/superset",
        "mysql://CANARY:0/superset",
        "mysql://CANARY:65536/superset",
        "mysql://CANARY%00@db/superset",
        "mysql://db/superset?ssl_ca=&CANARY=1",
        "mysql://db/superset?CANARY",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_without_quoting_it(here: Path, url: str) -> None:
    write(here, f'\nsource.url = "{url}"')
    with pytest.raises(SettingsError) as error:
        load_settings(None, {})
    [problem] = error.value.diagnostics()
    assert problem.startswith("auditctl.toml:2: source.url: The source URL")
    assert "CANARY" not in problem


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://u:p@db.example.org:5433/superset?sslkey=k", "postgresql://db.example.org:5433/superset"),
        ("mysql://u:p%40q@[::1]/superset", "mysql://[::1]/superset"),
        ("sqlite:////srv/data/metadata.sqlite?timeout=3", "sqlite:///metadata.sqlite"),
        ("postgresql:///superset?host=/run/postgresql", "postgresql:///superset"),
    ],
)
def test_a_url_is_shown_as_dialect_host_and_database(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_a_question_mark_in_a_password_begins_no_options() -> None:
    assert resolve_url("mysql://audit:a?b@db/superset", Path()) == "mysql://audit:a%3Fb@db/superset"


def test_an_absolute_sqlite_url_stays_where_it_is() -> None:
    assert resolve_url("sqlite:////srv/metadata.sqlite", Path("/etc")) == "sqlite:////srv/metadata.sqlite"


def test_a_folder_with_odd_characters_either_works_or_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1 ü"
    try:
        url = resolve_url("sqlite:///x.db", folder)
    except UsageError as error:
        assert "path of the SQLite file" in error.message  # noqa: PT017
    else:
        assert make_url(url).database == str(folder / "x.db")


@pytest.mark.parametrize("url", SECRET_URLS)
def test_a_url_without_its_secrets_holds_none(url: str) -> None:
    bare = without_secrets(url)
    assert "CANARY" not in bare
    assert not holds_secret(bare)


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        (
            "postgresql://audit:p%40q@[::1]:5433/superset?sslmode=require&sslpassword=x&passfile=/etc/pgpass",
            "postgresql://audit@[::1]:5433/superset?passfile=%2Fetc%2Fpgpass&sslmode=require",
        ),
        ("mysql://audit:p@db/superset?passwd=p&ssl_ca=ca.pem", "mysql://audit@db/superset?ssl_ca=ca.pem"),
        ("mssql+pyodbc://db/x?odbc_connect=PWD%3Dp&driver=y", "mssql+pyodbc://db/x?driver=y"),
        ("sqlite:////srv/metadata.sqlite?timeout=3", "sqlite:////srv/metadata.sqlite?timeout=3"),
    ],
)
def test_only_the_secrets_of_a_url_are_dropped(url: str, bare: str) -> None:
    assert without_secrets(url) == bare


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("postgresql://audit@db.example.org/superset", "db.example.org:5432:superset:audit:PASSWORD"),
        ("postgresql://a%3Ab%5Cc:p@[::1]:6543/x", r"\:\:1:6543:x:a\:b\\c:PASSWORD"),
        ("postgresql:///superset", "localhost:5432:superset:*:PASSWORD"),
    ],
)
def test_the_line_of_a_password_file_is_as_libpq_reads_it(url: str, line: str) -> None:
    assert password_place(url).startswith(f"Write the line {line} into ~/.pgpass (mode 0600)")


def test_a_file_has_no_password() -> None:
    assert password_place("sqlite:////srv/metadata.sqlite") == ""
