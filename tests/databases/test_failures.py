"""Whatever goes wrong with a server is one line: what happened, where, what to do; and nothing is published."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.errors import AuditctlError, ExitCode
from auditctl.source import mysql, postgresql
from auditctl.source.interface import Options
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
    assert (code, "there is no route" in line or "the connection was lost" in line) == (3, True)


def test_a_port_of_another_kind_of_server_is_said(
    postgresql: Server, mariadb: Server, databases: Databases, open_at: OpenAt
) -> None:
    url = databases.shared(postgresql, FIXTURE).url()
    code, line = complaint(open_at, url.set(port=mariadb.port))
    assert (code, "what answers there is no PostgreSQL server" in line) == (3, True)


@pytest.mark.parametrize(
    ("kind", "option"), [("postgresql", {"sslmode": "verify-full"}), ("mariadb", {"ssl_ca": "/nonexistent/ca.pem"})]
)
def test_refused_tls_is_said(
    request: pytest.FixtureRequest, databases: Databases, open_at: OpenAt, kind: str, option: dict[str, str]
) -> None:
    loaded = databases.shared(request.getfixturevalue(kind), FIXTURE)
    code, line = complaint(open_at, loaded.url().update_query_dict(option))
    # MariaDB's driver reads the file itself, and before it connects.
    told = {"postgresql": (3, "TLS was refused"), "mariadb": (2, "names a file that cannot be read")}[kind]
    assert (code, told[1] in line) == (told[0], True)


def test_an_option_that_the_driver_does_not_know_is_said(shared: Loaded, open_at: OpenAt) -> None:
    _, line = complaint(open_at, shared.url().update_query_dict({"nonsense": "CANARY"}))
    assert "has an option that" in line


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
    source = open_at(loaded.url())
    lock = {
        "postgresql": ("BEGIN", "LOCK TABLE logs IN ACCESS EXCLUSIVE MODE"),
        "mariadb": ("LOCK TABLES logs WRITE",),
    }[loaded.server.kind]
    with loaded.server.connect(loaded.database) as other:
        for statement in lock:
            other.exec_driver_sql(statement)
        with pytest.raises(AuditctlError) as found:
            rows(source)
    (line,) = found.value.diagnostics()
    assert "another session holds a lock on a table" in line


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


@contextmanager
def role(loaded: Loaded, *grants: str) -> Iterator[str]:
    """Make an account with a password and no more than `grants` give."""
    name = loaded.server.fresh_name("role")
    is_postgresql = loaded.server.kind == "postgresql"
    account = name if is_postgresql else f"'{name}'@'127.0.0.1'"
    logs = "public.logs" if is_postgresql else f"{loaded.database}.logs"
    create = f"CREATE ROLE {name} LOGIN PASSWORD" if is_postgresql else f"CREATE USER {account} IDENTIFIED BY"
    loaded.run(f"{create} '{PASSWORD}'", *(grant.format(role=account, logs=logs) for grant in grants))
    try:
        yield name
    finally:
        loaded.run(*([f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if is_postgresql else [f"DROP USER {account}"]))
