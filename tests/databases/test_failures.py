"""Whatever goes wrong with a server is one line: what happened, where, what to do; and nothing is published."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.errors import AuditctlError, ExitCode, UsageError
from auditctl.source import mysql, postgresql
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from auditctl.source.tables import table_specs
from tests.cli.command import CommandLine
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, LOGS, NOVEMBER, OpenAt, rows

PASSWORD = "CANARY-failures"


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    (tmp_path / "tmp").mkdir()
    return CommandLine(tmp_path)


def complaint(open_at: OpenAt, url: URL, options: Options = Options()) -> tuple[ExitCode, str]:  # noqa: B008
    """Return how opening, and reading the log, fails."""
    with pytest.raises(AuditctlError) as found:
        rows(open_at(url, options))
    (line,) = found.value.diagnostics()
    assert "CANARY" not in line
    assert len(line.splitlines()) == 1
    return found.value.exit_code, line


def test_a_wrong_password_is_said(shared: Loaded, open_at: OpenAt) -> None:
    code, line = complaint(open_at, shared.url(shared.server.admin, PASSWORD))
    assert code == ExitCode.SOURCE
    assert f"{shared.server.admin} at " in line
    assert "wrong password" in line
    assert {"postgresql": "~/.pgpass", "mariadb": "read_default_file"}[shared.server.kind] in line


def test_a_missing_password_is_said(shared: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    code, line = complaint(open_at, shared.url(shared.server.admin))
    assert code == ExitCode.SOURCE
    assert {"postgresql": "none was given", "mariadb": "wrong password"}[shared.server.kind] in line


def test_a_missing_database_is_said(shared: Loaded, open_at: OpenAt) -> None:
    code, line = complaint(open_at, shared.server.url("nosuch"))
    assert (code, "there is no such database. Correct the last part of the source URL" in line) == (3, True)


def test_a_database_that_is_no_supersets_is_said(server: Server, open_at: OpenAt) -> None:
    name = server.create_database()
    try:
        code, line = complaint(open_at, server.url(name))
    finally:
        server.drop_database(name)
    assert (code, "is not a Superset metadata database" in line) == (3, True)


def test_a_port_where_nobody_listens_is_said(shared: Loaded, open_at: OpenAt) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        code, line = complaint(open_at, shared.url().set(port=free.getsockname()[1]))
    assert (code, "no server answers there" in line) == (3, True)


def test_a_host_that_nobody_knows_is_said(shared: Loaded, open_at: OpenAt) -> None:
    code, line = complaint(open_at, shared.url().set(host="nosuch.invalid"))
    assert (code, "the host is not known" in line) == (3, True)


def test_a_port_where_nobody_answers_is_said(shared: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_CONNECT_TIMEOUT_S", 2)
    monkeypatch.setattr(mysql, "_CONNECT_TIMEOUT_S", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        code, line = complaint(open_at, shared.url().set(port=silent.getsockname()[1]))
    told = {"postgresql": "there is no route", "mariadb": "no MySQL or MariaDB server, or it does not answer"}
    assert (code, told[shared.server.kind] in line) == (3, True)


def test_a_port_of_another_kind_of_server_is_said(
    postgresql: Server, mariadb: Server, databases: Databases, open_at: OpenAt
) -> None:
    url = databases.shared(postgresql, FIXTURE).url()
    code, line = complaint(open_at, url.set(port=mariadb.port))
    assert (code, "what answers there is no PostgreSQL server" in line) == (3, True)


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_what_answers_and_is_no_mysql_is_said(open_at: OpenAt, greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            with other.accept()[0] as caller:
                caller.sendall(greeting)

        answering = threading.Thread(target=answer)
        answering.start()
        code, line = complaint(open_at, URL.create("mysql", "a", None, "127.0.0.1", other.getsockname()[1], "x"))
        answering.join()
    assert (code, "what answers there is no MySQL or MariaDB server" in line) == (3, True)
    assert "its beginning (postgresql:// for PostgreSQL)" in line


def test_an_option_that_the_driver_does_not_know_is_said(shared: Loaded, open_at: OpenAt) -> None:
    code, line = complaint(open_at, shared.url().update_query_dict({"nonsense": "CANARY"}))
    assert (code, "has the option nonsense, which is not taken" in line) == (2, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no such file"),
        (b"password = CANARY\n", "it is not an option file of MySQL"),
        (b"[client\npassword = CANARY\n", "it is not an option file of MySQL"),
        (b"[mysqld]\nport = 1\n", "it has no [client]"),
        (b"[client]\nport = CANARY\n", "its port below [client] is no number"),
        (b"[client]\npassword = CANARY\xff\n", "it is not UTF-8 text"),
    ],
)
def test_an_option_file_that_is_none_is_said(
    mariadb: Server, databases: Databases, open_at: OpenAt, tmp_path: Path, text: bytes | None, told: str
) -> None:
    file = tmp_path / "my.cnf"
    if text is not None:
        file.write_bytes(text)
    url = databases.shared(mariadb, FIXTURE).url().update_query_dict({"read_default_file": str(file)})
    code, line = complaint(open_at, url)
    assert (code, told in line) == (2, True)


def test_a_value_that_a_driver_cannot_take_is_not_an_internal_error(shared: Loaded, tmp_path: Path) -> None:
    # Past choose_url, which would refuse them.
    option = {"postgresql": {"prepare_threshold": "CANARY"}, "mariadb": {"connect_timeout": "0"}}[shared.server.kind]
    wrong = shared.url().set(drivername=shared.server.kind, query=option)
    with pytest.raises(UsageError, match="has something that its driver cannot take"):
        open_source(wrong, Options(), tmp_path)


@pytest.mark.parametrize("copied", [{"charset": "latin1"}, {"client_encoding": "sql_ascii"}])
def test_text_is_read_whole_whatever_a_copied_url_says_of_it(
    loaded: Loaded, open_at: OpenAt, copied: dict[str, str]
) -> None:
    loaded.run("UPDATE ab_user SET username = '\u5f20\u4e09' WHERE id = 1")
    if ("charset" in copied) != (loaded.server.kind == "mariadb"):
        return
    source = open_at(loaded.url().update_query_dict(copied))
    assert rows(source, None, table_specs()["ab_user"])[0]["username"] == "\u5f20\u4e09"


@pytest.mark.parametrize("place", ["url", "file"])
def test_a_password_may_have_any_character(
    loaded: Loaded, open_at: OpenAt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    password = "CANARY \u00e9\U0001f600"
    with role(loaded, "GRANT SELECT ON {logs} TO {role}", password=password) as name:
        url = loaded.url(name, password if place == "url" else None)
        file = tmp_path / "passwords"
        if place == "file" and loaded.server.kind == "mariadb":
            file.write_text(f'[client]\npassword = "{password}"\nsocket = /nonexistent\n', encoding="utf-8")
            url = url.update_query_dict({"read_default_file": str(file)})
        elif place == "file":
            file.write_text(f"*:*:*:*:{password}\n", encoding="utf-8")
            file.chmod(0o600)
            monkeypatch.setenv("PGPASSFILE", str(file))
        assert name in open_at(url).facts.role.name


def test_a_url_without_a_database_is_said(mariadb: Server, open_at: OpenAt) -> None:
    code, line = complaint(open_at, mariadb.url(""))
    assert (code, "names no database" in line) == (2, True)


def test_a_server_that_is_too_old_is_said(shared: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 990000)
    monkeypatch.setattr(mysql, "OLDEST", {"MariaDB": (99, 0), "MySQL": (99, 0)})
    code, line = complaint(open_at, shared.url())
    assert (code, "too old" in line, "99" in line) == (3, True, True)


def test_a_table_that_is_not_granted_is_said_with_the_grant_to_add(loaded: Loaded, open_at: OpenAt) -> None:
    with role(loaded, "GRANT SELECT (id, action, dttm) ON {logs} TO {role}") as name:
        code, line = complaint(open_at, loaded.url(name, PASSWORD))
    assert code == 3
    assert "may not read user_id, json, dashboard_id, slice_id, duration_ms, referrer of logs" in line
    assert "GRANT SELECT (user_id, json, dashboard_id, slice_id, duration_ms, referrer) ON " in line


def test_the_grant_to_add_can_be_run_as_it_is_printed(loaded: Loaded, open_at: OpenAt) -> None:
    query = table_specs()["query"]  # some of its columns are reserved words of MySQL
    with role(loaded, "GRANT SELECT (id) ON {logs} TO {role}") as name:
        account = name if loaded.server.kind == "postgresql" else f"`{name}`@`127.0.0.1`"
        source = open_at(loaded.url(name, PASSWORD))
        loaded.run(f"{source.grant_hint('query', list(query.columns))} TO {account}")
        source.close()
        assert set(query.columns).isdisjoint(open_at(loaded.url(name, PASSWORD)).denied.get("query", ()))


def test_a_table_that_cannot_be_seen_is_not_taken_for_missing(loaded: Loaded, open_at: OpenAt) -> None:
    with role(loaded, "GRANT SELECT ON {logs} TO {role}") as name:
        source = open_at(loaded.url(name, PASSWORD))
        assert "ab_group" in source.denied
        source.close()


def test_a_schema_that_may_not_be_used_is_said(loaded: Loaded, open_at: OpenAt, postgresql: Server) -> None:
    if loaded.server.kind == "mariadb":
        with role(loaded) as name:
            code, line = complaint(open_at, loaded.url(name, PASSWORD))
        assert (code, "may not use this database" in line) == (3, True)
        return
    with role(loaded, "REVOKE ALL ON SCHEMA public FROM PUBLIC") as name:
        code, line = complaint(open_at, loaded.url(name, PASSWORD))
    assert (code, "GRANT USAGE ON SCHEMA public" in line) == (3, True)


def test_rows_that_a_policy_hides_are_not_taken_for_missing(
    postgresql: Server, databases: Databases, open_at: OpenAt
) -> None:
    with databases.private(postgresql, FIXTURE) as loaded:
        loaded.run("ALTER TABLE logs ENABLE ROW LEVEL SECURITY")
        with role(loaded, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}") as name:
            code, line = complaint(open_at, loaded.url(name, PASSWORD))
    assert code == 3
    assert "a row-level security policy hides rows of logs from this role. ALTER ROLE ... BYPASSRLS" in line


def test_several_schemas_with_a_superset_are_not_guessed_between(
    postgresql: Server, databases: Databases, open_at: OpenAt
) -> None:
    with databases.private(postgresql, FIXTURE) as loaded:
        loaded.run(
            "ALTER SCHEMA public RENAME TO one", "CREATE SCHEMA two", "CREATE TABLE two.logs (id int, action text)"
        )
        code, line = complaint(open_at, loaded.url())
        assert (code, "in 2 schemas: one, two" in line) == (3, True)
        chosen = loaded.url().update_query_dict({"options": "-csearch_path=one"})
        assert len(rows(open_at(chosen))) > 200


def slow_log(loaded: Loaded) -> None:
    """Put a view in the place of the log that takes some 10 ms for a row."""
    sleep = {"postgresql": "pg_sleep(0.01) IS NOT NULL", "mariadb": "sleep(0.01) = 0"}[loaded.server.kind]
    loaded.run("ALTER TABLE logs RENAME TO log_rows", f"CREATE VIEW logs AS SELECT * FROM log_rows WHERE {sleep}")


def test_a_statement_that_takes_too_long_names_the_setting(loaded: Loaded, open_at: OpenAt) -> None:
    slow_log(loaded)
    code, line = complaint(open_at, loaded.url(), Options(statement_timeout=timedelta(seconds=1)))
    assert code == 3
    assert "longer than source.statement_timeout allows. Raise source.statement_timeout in auditctl.toml" in line


def test_a_lock_that_is_not_released_is_said(loaded: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_LOCK_TIMEOUT_MS", 100)
    monkeypatch.setattr(mysql, "_LOCK_TIMEOUT_S", 1)
    lock = {
        "postgresql": ("BEGIN", "LOCK TABLE logs IN ACCESS EXCLUSIVE MODE"),
        "mariadb": ("LOCK TABLES logs WRITE",),
    }[loaded.server.kind]
    with loaded.server.connect(loaded.database) as other:
        for statement in lock:
            other.exec_driver_sql(statement)
        with pytest.raises(AuditctlError) as found:
            rows(open_at(loaded.url()))
    (line,) = found.value.diagnostics()
    # PostgreSQL points at the table; of MariaDB only the statement is known.
    named = {
        "postgresql": r"a lock on (public\.)?logs\. Try",
        "mariadb": r"a lock on a table of .*: SELECT .* FROM `?logs",
    }
    assert re.search(named[loaded.server.kind], line)


def test_a_connection_that_is_lost_midway_is_said(loaded: Loaded, open_at: OpenAt) -> None:
    slow_log(loaded)
    source = open_at(loaded.url())
    killer = threading.Thread(target=kill, args=(loaded,))
    killer.start()
    with pytest.raises(AuditctlError) as found:
        list(source.extract(LOGS, tuple(LOGS.columns), NOVEMBER))
    killer.join()
    (line,) = found.value.diagnostics()
    assert (found.value.exit_code, "the connection was lost" in line) == (3, True)


def test_a_report_whose_connection_is_lost_midway_publishes_nothing(
    loaded: Loaded, auditctl: CommandLine, tmp_path: Path
) -> None:
    slow_log(loaded)
    (tmp_path / "auditctl.toml").write_text("[source]\nretries = 0\n", encoding="utf-8")
    url = loaded.url().render_as_string(hide_password=False)
    killer = threading.Thread(target=kill, args=(loaded,))
    killer.start()
    ended = auditctl("report", "soc2", "--period", "2026-Q3", "--out", "out", cwd=tmp_path, AUDITCTL_SOURCE_URL=url)
    killer.join()
    assert (ended.code, ended.out) == (3, "")
    assert "the connection was lost" in ended.complaints[-1]
    assert "Exception ignored" not in ended.err
    assert not (tmp_path / "out").exists()


def kill(loaded: Loaded) -> None:
    """Wait until the slow view is read, then end the session that reads it."""
    found = {
        "postgresql": "SELECT pid FROM pg_stat_activity WHERE application_name = 'auditctl' AND state = 'active'"
        f" AND datname = '{loaded.database}' AND now() - query_start > interval '0.3 s'",
        "mariadb": "SELECT id FROM information_schema.processlist"
        f" WHERE db = '{loaded.database}' AND state = 'User sleep' AND time_ms > 300",
    }[loaded.server.kind]
    end = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}[loaded.server.kind]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if sessions := loaded.run(found):
            loaded.run(end.format(sessions[0][0]))
            return
        time.sleep(0.05)


def test_a_password_comes_from_the_pgpass_file(
    postgresql: Server, databases: Databases, open_at: OpenAt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = databases.shared(postgresql, FIXTURE)
    pgpass = tmp_path / "pgpass"
    pgpass.write_text(f"127.0.0.1:{postgresql.port}:*:{postgresql.admin}:{postgresql.password}\n", encoding="utf-8")
    pgpass.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(pgpass))
    assert open_at(loaded.url(postgresql.admin)).facts.role.name == postgresql.admin


def test_no_secret_of_a_url_is_printed_anywhere(shared: Loaded, auditctl: CommandLine, tmp_path: Path) -> None:
    secret = {"postgresql": {"sslpassword": "CANARY-ssl"}, "mariadb": {"ssl_key_password": "CANARY-ssl"}}
    url = shared.url(shared.server.admin, PASSWORD).update_query_dict(secret[shared.server.kind])
    given = url.render_as_string(hide_password=False)
    ended = auditctl("failed-logins", cwd=tmp_path, AUDITCTL_SOURCE_URL=given, AUDITCTL_TRACEBACK="1")
    assert ended.code in (2, 3)  # and CommandLine has looked for CANARY in all that it printed
    assert len(ended.complaints) == 1


def test_a_role_that_may_not_log_in_is_said(pg: Loaded, open_at: OpenAt) -> None:
    with role(pg, "ALTER ROLE {role} NOLOGIN") as name:
        code, line = complaint(open_at, pg.url(name, PASSWORD))
    assert (code, "the role may not log in. ALTER ROLE ... LOGIN" in line) == (3, True)


def test_a_password_that_has_expired_is_said(loaded: Loaded, open_at: OpenAt) -> None:
    expire = {
        "postgresql": "ALTER ROLE {role} VALID UNTIL '2020-01-01'",
        "mariadb": "ALTER USER {role} PASSWORD EXPIRE",
    }
    with role(loaded, "GRANT SELECT ON {logs} TO {role}", expire[loaded.server.kind]) as name:
        code, line = complaint(open_at, loaded.url(name, PASSWORD))
    told = {"postgresql": "wrong password, or it has expired", "mariadb": "the password has expired"}
    assert (code, told[loaded.server.kind] in line) == (3, True)


@contextmanager
def role(loaded: Loaded, *grants: str, password: str = PASSWORD) -> Iterator[str]:
    """Make an account with a password and no more than `grants` give."""
    name = loaded.server.fresh_name("role")
    is_postgresql = loaded.server.kind == "postgresql"
    account = name if is_postgresql else f"'{name}'@'127.0.0.1'"
    logs = "public.logs" if is_postgresql else f"{loaded.database}.logs"
    create = f"CREATE ROLE {name} LOGIN PASSWORD" if is_postgresql else f"CREATE USER {account} IDENTIFIED BY"
    loaded.run(f"{create} '{password}'", *(grant.format(role=account, logs=logs) for grant in grants))
    try:
        yield name
    finally:
        loaded.run(*([f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if is_postgresql else [f"DROP USER {account}"]))
