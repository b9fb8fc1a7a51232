"""`auditctl init` on servers: it connects with a password, and leaves it nowhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.cli.command import CommandLine, Finished, contents
from tests.cli.terminal import at_terminal
from tests.servers.databases import Databases
from tests.servers.server import Server

from .opened import FIXTURE, as_given
from .reader import PASSWORD, Account, made


@pytest.fixture(scope="module")
def account(server: Server, databases: Databases) -> Iterator[Account]:
    with made(databases.shared(server, FIXTURE)) as account:
        yield account


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    return CommandLine(home)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "settings"
    folder.mkdir()
    return folder


def given(url: URL) -> str:
    return as_given(url).render_as_string(hide_password=False)


def check(result: Finished, account: Account, folder: Path, home: Path) -> None:
    """The file has the URL without the password, and no file and no output has the password."""
    assert result.code == 0, result.err
    assert "no right to modify the" in " ".join(result.out.split())
    text = (folder / "auditctl.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["source"]["url"] == str(as_given(account.url)).replace(":***@", "@")
    assert "not stored" in result.out
    everything = [result.out.encode(), result.err.encode(), *contents(folder).values(), *contents(home).values()]
    assert not [found for found in everything if b"CANARY" in found or b"p%40ss" in found]


def test_a_password_from_the_environment_is_used_and_left_nowhere(
    account: Account, auditctl: CommandLine, folder: Path
) -> None:
    result = auditctl("init", cwd=folder, AUDITCTL_SOURCE_URL=given(account.url))
    check(result, account, folder, auditctl.home)


def test_a_password_from_the_terminal_is_used_and_left_nowhere(
    account: Account, auditctl: CommandLine, folder: Path
) -> None:
    answers = [
        ("without a password: ", str(as_given(account.url)).replace(":***@", "@") + "\n"),
        ("or none): ", f"{PASSWORD}\n"),
        ("(Enter: UTC, - for not declared): ", "\n"),
        ("such as 2024-03-01 (Enter: not declared): ", "\n"),
        ("organisation on reports (Enter: not declared): ", "\n"),
        ("system on reports (Enter: not declared): ", "\n"),
        ("reports (Enter: UTC): ", "\n"),
    ]
    result = at_terminal(auditctl, "init", cwd=folder, answers=answers)
    check(result, account, folder, auditctl.home)


def test_a_wrong_password_ends_with_3_and_writes_nothing(account: Account, auditctl: CommandLine, folder: Path) -> None:
    wrong = account.url.set(password="CANARY wrong")
    result = auditctl("init", cwd=folder, AUDITCTL_SOURCE_URL=given(wrong))
    assert (result.code, result.out) == (3, "")
    assert "wrong password" in result.err
    assert contents(folder) == {}


def test_an_option_that_would_run_sql_is_refused_and_not_written_down(
    account: Account, auditctl: CommandLine, folder: Path
) -> None:
    url = account.url.update_query_dict({"init_command": 'SET @p = "CANARY"'})
    result = auditctl("init", cwd=folder, AUDITCTL_SOURCE_URL=url.render_as_string(hide_password=False))
    assert (result.code, result.out) == (2, "")
    assert "has the option init_command, which is not taken" in result.err
    assert contents(folder) == {}


def test_postgresql_takes_the_password_from_where_init_says(
    postgresql: Server, databases: Databases, auditctl: CommandLine, folder: Path
) -> None:
    with made(databases.shared(postgresql, FIXTURE)) as account:
        assert auditctl("init", cwd=folder, AUDITCTL_SOURCE_URL=given(account.url)).code == 0
        text = (folder / "auditctl.toml").read_text(encoding="utf-8")
        said = re.search(r"the line\s(?:# )?(\S+):PASSWORD\s(?:# )?into", text)
        assert said is not None
        refused = auditctl("show", "logs:138", cwd=folder)
        assert refused.code == 3
        passwords = auditctl.home / ".pgpass"
        passwords.write_text(f"{said[1]}:{PASSWORD.replace(':', chr(92) + ':')}\n", encoding="utf-8")
        passwords.chmod(0o600)
        assert auditctl("show", "logs:138", cwd=folder).code == 0


def test_mariadb_takes_the_password_from_the_file_that_the_url_names(
    mariadb: Server, databases: Databases, auditctl: CommandLine, folder: Path
) -> None:
    passwords = auditctl.home / "auditctl.cnf"
    passwords.write_text(f'[client]\npassword = "{PASSWORD}"\n', encoding="utf-8")
    with made(databases.shared(mariadb, FIXTURE)) as account:
        bare = str(as_given(account.url)).replace(":***@", "@")
        assert auditctl("--url", bare, "init", cwd=folder).code == 3
        assert auditctl("--url", f"{bare}?read_default_file={passwords}", "init", cwd=folder).code == 0
        assert auditctl("show", "logs:138", cwd=folder).code == 0
        assert b"CANARY" not in contents(folder)["auditctl.toml"]
