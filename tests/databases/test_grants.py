"""What `auditctl grants` prints, run on real servers: the role reads everything it needs, and can do nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from auditctl.catalogue.load import load_catalogue
from auditctl.errors import SourceError, UsageError
from auditctl.period import Period
from auditctl.population.build import Needs, build_population
from auditctl.population.given import read_given
from auditctl.settings import Settings
from auditctl.source.database import DatabaseSource
from auditctl.source.grants import Reader, granted_of, granted_unseen, grants, refuse_writer
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from auditctl.source.tables import table_specs
from tests.cli.command import CommandLine
from tests.redaction import REDACTION
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, LOGS, At, OpenAt, as_given, rows
from .reader import Account, drop, made, run

NOVEMBER = Period("2026-11", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), "UTC")


@pytest.fixture(scope="module")
def account(server: Server, databases: Databases) -> Iterator[Account]:
    loaded = databases.shared(server, FIXTURE)
    with made(loaded) as account:
        yield account


def lacking(source: DatabaseSource) -> dict[str, set[str]]:
    """Return the columns that auditctl reads and that were not granted."""
    columns = {name: set(columns) & set(table_specs()[name].columns) for name, columns in source.denied.items()}
    return {name: those for name, those in columns.items() if those}


def test_the_role_cannot_modify_the_log_and_lacks_nothing(account: Account, open_at: OpenAt) -> None:
    source = open_at(account.url)
    assert source.facts.role.powers == ()
    assert lacking(source) == {}
    assert account.name in source.facts.role.name
    assert all(len(rows(source, None, table)) == source.count(table, None).counted for table in table_specs().values())


def test_every_relation_can_be_made_with_it(account: Account, open_at: OpenAt, tmp_path: Path) -> None:
    catalogue, settings = load_catalogue(), Settings()
    needs = Needs(frozenset(catalogue.relations), frozenset(catalogue.capabilities))
    source = At(open_at(account.url))
    population = build_population(
        source, catalogue, needs, NOVEMBER, settings, read_given(settings), REDACTION, tmp_path
    )
    assert set(population.relations) == set(catalogue.relations)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password FROM ab_user",
        "SELECT * FROM ab_user",
        "SELECT encrypted_extra FROM dbs",
        "INSERT INTO logs (action) VALUES ('x')",
        "UPDATE logs SET action = 'x'",
        "DELETE FROM logs",
        "SELECT * FROM css_templates",
    ],
)
def test_nothing_else_is_granted(account: Account, server: Server, statement: str) -> None:
    with create_engine(account.url, poolclass=NullPool).connect() as connection:
        if server.kind == "postgresql":  # a role may make itself write: that is not what holds it back
            connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        with pytest.raises(DBAPIError, match=r"permission denied|command denied"):
            connection.exec_driver_sql(statement)


def test_a_postgresql_role_reads_only_and_gives_up_by_itself(postgresql: Server, databases: Databases) -> None:
    with made(databases.shared(postgresql, FIXTURE)) as account:
        engine = create_engine(account.url, poolclass=NullPool)
        with engine.connect() as connection:
            shown = {
                name: connection.exec_driver_sql(f"SHOW {name}").scalar()
                for name in ("default_transaction_read_only", "statement_timeout", "lock_timeout")
            }
        assert shown == {"default_transaction_read_only": "on", "statement_timeout": "7s", "lock_timeout": "5s"}


def test_a_mariadb_account_gives_up_by_itself(mariadb: Server, databases: Databases) -> None:
    with made(databases.shared(mariadb, FIXTURE)) as account:
        engine = create_engine(account.url, poolclass=NullPool)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT @@max_statement_time").scalar() == 7


def test_the_connection_limit_holds(account: Account, open_at: OpenAt) -> None:
    open_at(account.url)
    open_at(account.url)
    with pytest.raises(SourceError, match="has no free connection"):
        open_at(account.url)


@contextmanager
def writer(loaded: Loaded, power: str, *, of_role: bool = False) -> Iterator[str]:
    """Make an account that has a power, or a role that it may take has it."""
    name, other = loaded.server.fresh_name("writer"), loaded.server.fresh_name("power")
    on_server = loaded.server.kind == "mariadb"
    make = [f"CREATE USER {name}", f"CREATE ROLE {other}"] if on_server else [f"CREATE ROLE {n}" for n in (name, other)]
    holder = other if of_role else name
    logs = f"{loaded.database}.logs" if on_server else "logs"
    loaded.run(*make, power.format(role=holder, logs=logs), f"GRANT {other} TO {name}")
    try:
        yield name
    finally:
        drop(loaded, name)
        loaded.run(f"DROP ROLE {other}") if on_server else drop(loaded, other)


def test_a_table_that_superset_does_not_have_is_absent_and_not_refused(
    server: Server, databases: Databases, tmp_path: Path
) -> None:
    with databases.private(server, FIXTURE) as loaded:
        loaded.run("DROP TABLE ab_user_group", "DROP TABLE ab_group_role", "DROP TABLE ab_group")
        with made(loaded) as account, closing(open_source(as_given(account.url), Options(), tmp_path)) as source:
            assert "ab_group" not in source.facts.tables
            assert rows(source, None, table_specs()["ab_group"]) == []
            assert lacking(source) == {}


def test_a_mariadb_account_that_cannot_see_what_is_missing_is_told_what_to_grant(
    mariadb: Server, databases: Databases, tmp_path: Path
) -> None:
    with databases.private(mariadb, FIXTURE) as loaded:
        loaded.run("DROP TABLE ab_group")
        with made(loaded) as account:
            loaded.run(f"REVOKE SHOW VIEW ON `{loaded.database.replace('_', chr(92) + '_')}`.* FROM `{account.name}`")
            with closing(open_source(as_given(account.url), Options(), tmp_path)) as source:
                with pytest.raises(SourceError, match="may not read id, name, label of ab_group"):
                    rows(source, None, table_specs()["ab_group"])
                with pytest.raises(SourceError, match="may not see what there is of ab_group"):
                    granted_of(source)


def test_a_postgresql_schema_of_its_own_is_found_with_the_role(
    postgresql: Server, databases: Databases, tmp_path: Path
) -> None:
    with databases.private(postgresql, FIXTURE) as loaded:
        loaded.run('ALTER SCHEMA public RENAME TO "Meta data"')
        with made(loaded) as account, closing(open_source(as_given(account.url), Options(), tmp_path)) as source:
            assert source.schema == "Meta data"
            assert len(rows(source, None, LOGS)) > 0


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    (tmp_path / "tmp").mkdir()
    return CommandLine(tmp_path)


def test_the_command_prints_sql_alone_whatever_the_policy_for_runs(
    server: Server, databases: Databases, auditctl: CommandLine, tmp_path: Path
) -> None:
    loaded, name = databases.shared(server, FIXTURE), server.fresh_name("reader")
    url = as_given(loaded.url()).render_as_string(hide_password=False)
    result = auditctl("--require-read-only", "grants", "--role", name, cwd=tmp_path, AUDITCTL_SOURCE_URL=url)
    assert (result.code, result.err) == (0, "")
    assert server.password not in result.out
    run(loaded, result.out)
    drop(loaded, name)


def test_limits_are_never_put_on_the_account_that_writes(
    server: Server, databases: Databases, auditctl: CommandLine, tmp_path: Path
) -> None:
    url = as_given(databases.shared(server, FIXTURE).url()).render_as_string(hide_password=False)
    result = auditctl("grants", "--role", server.admin, cwd=tmp_path, AUDITCTL_SOURCE_URL=url)
    assert (result.code, result.out) == (2, "")
    assert f"{server.admin} is there already, and it may do more than read" in result.err


@pytest.mark.parametrize("power", ["GRANT UPDATE ON {logs} TO {role}", "GRANT INSERT (action) ON {logs} TO {role}"])
def test_limits_are_never_put_on_another_account_that_writes(
    loaded: Loaded, auditctl: CommandLine, tmp_path: Path, power: str
) -> None:
    with writer(loaded, power) as name:
        url = as_given(loaded.url()).render_as_string(hide_password=False)
        result = auditctl("grants", "--role", name, cwd=tmp_path, AUDITCTL_SOURCE_URL=url)
    assert (result.code, result.out) == (2, "")
    assert f"{name} is there already, and it may do more than read" in result.err


def test_an_account_that_writes_through_a_role_is_refused_too(loaded: Loaded, tmp_path: Path) -> None:
    with writer(loaded, "GRANT DELETE ON {logs} TO {role}", of_role=True) as name:
        source = open_source(as_given(loaded.url()), Options(), tmp_path)
        with closing(source), pytest.raises(UsageError, match="may do more than read"):
            refuse_writer(source, granted_of(source), Reader(name, 5, timedelta(0)))


@pytest.mark.parametrize("power", ["ALTER TABLE logs OWNER TO {role}", "ALTER ROLE {role} SUPERUSER"])
def test_what_is_printed_unseen_stops_at_a_postgresql_role_that_writes(pg: Loaded, power: str) -> None:
    with writer(pg, power) as name:
        script = grants(granted_unseen("postgresql", pg.database, "public"), Reader(name, 5, timedelta(0)))
        with pytest.raises(psycopg.errors.RaiseException, match=f"{name} may write to logs"):
            run(pg, script)
        assert pg.run(f"SELECT rolconnlimit FROM pg_roles WHERE rolname = '{name}'") == [(-1,)]
        pg.run("ALTER TABLE logs OWNER TO CURRENT_USER", f"ALTER ROLE {name} NOSUPERUSER")


def test_what_is_printed_unseen_leaves_the_limits_of_a_mariadb_account(maria: Loaded) -> None:
    with writer(maria, "GRANT UPDATE ON {logs} TO {role}") as name:
        run(maria, grants(granted_unseen("mariadb", maria.database, ""), Reader(name, 5, timedelta(0))))
        limits = f"SELECT max_user_connections FROM mysql.user WHERE user = '{name}'"
        assert maria.run(limits) == [(0,)]


def test_a_mariadb_account_sees_whether_its_server_follows_another(mariadb: Server, databases: Databases) -> None:
    with made(databases.shared(mariadb, FIXTURE)) as account:
        engine = create_engine(account.url, poolclass=NullPool)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW REPLICA STATUS").all() == []
