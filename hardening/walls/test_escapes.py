"""What could write is tried on the connection of a source, as whoever it may be opened; the rows stay what they were.

auditctl sends a database its own SELECTs and nothing else. This is the wall behind them: what the server itself does
with anything else in that transaction. What it lets through even there (files of the server for its administrator,
locks and rebuilt indexes for the owner, messages for anybody) changes no row; a role without rights is the wall there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.databases.opened import FIXTURE, as_given, checksums
from tests.databases.reader import made
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

NOBODY: frozenset[str] = frozenset()
ADMINISTRATOR = frozenset({"administrator"})
OWNER = frozenset({"administrator", "owner"})
ANYBODY = frozenset({"administrator", "owner", "reader"})
PASSWORD = "CANARY-owner"

# Statement -> who is let through by the server.
POSTGRESQL = {
    "DELETE FROM public.logs": NOBODY,
    "WITH gone AS (DELETE FROM public.logs RETURNING id) SELECT count(*) FROM gone": NOBODY,
    "INSERT INTO public.logs (action) VALUES ('x')": NOBODY,
    "UPDATE public.logs SET action = 'x'": NOBODY,
    "MERGE INTO public.logs USING public.ab_user AS u ON logs.user_id = u.id WHEN MATCHED THEN DELETE": NOBODY,
    "TRUNCATE public.logs": NOBODY,
    "DROP TABLE public.logs": NOBODY,
    "ALTER TABLE public.logs ADD COLUMN x int": NOBODY,
    "ALTER TABLE public.logs DISABLE TRIGGER ALL": NOBODY,
    "CREATE TABLE public.x (id int)": NOBODY,
    "CREATE TEMP TABLE x (id int)": NOBODY,
    "CREATE VIEW public.v AS SELECT 1 AS x": NOBODY,
    "CREATE INDEX ON public.logs (dttm)": NOBODY,
    "CREATE RULE r AS ON DELETE TO public.logs DO NOTHING": NOBODY,
    "CREATE SEQUENCE public.s": NOBODY,
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'": NOBODY,
    "CREATE EXTENSION dblink": NOBODY,
    "CREATE ROLE intruder": NOBODY,
    "CREATE DATABASE x": NOBODY,
    "GRANT ALL ON public.logs TO PUBLIC": NOBODY,
    "REVOKE ALL ON public.logs FROM PUBLIC": NOBODY,
    "COMMENT ON TABLE public.logs IS 'x'": NOBODY,
    "SELECT 1 AS x INTO public.y": NOBODY,
    "SELECT id FROM public.logs FOR UPDATE": NOBODY,
    "SELECT id FROM public.logs FOR SHARE": NOBODY,
    "SELECT nextval('public.logs_id_seq')": NOBODY,
    "SELECT setval('public.logs_id_seq', 1)": NOBODY,
    "DO $$ BEGIN DELETE FROM public.logs; END $$": NOBODY,
    "SELECT public.evil()": NOBODY,
    "SET TRANSACTION READ WRITE": NOBODY,
    "SET transaction_read_only = off": NOBODY,
    "SELECT set_config('transaction_read_only', 'off', true)": NOBODY,
    "VACUUM public.logs": NOBODY,
    "REINDEX TABLE public.logs": OWNER,
    "CLUSTER public.logs USING logs_pkey": OWNER,
    "ALTER SYSTEM SET log_connections = on": NOBODY,
    "COPY public.logs (action) FROM '/etc/hostname'": NOBODY,
    "REFRESH MATERIALIZED VIEW public.logs": NOBODY,
    "PREPARE TRANSACTION 'x'": NOBODY,
    "LISTEN x": ANYBODY,
    "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'": ADMINISTRATOR,
    "COPY (SELECT 1) TO '{folder}/x'": ADMINISTRATOR,
    "SELECT pg_read_file('/etc/hostname')": ADMINISTRATOR,
    "SELECT pg_reload_conf()": ADMINISTRATOR,
    "SELECT pg_stat_reset()": ADMINISTRATOR,
    "SELECT pg_switch_wal()": ADMINISTRATOR,
    "LOCK TABLE public.logs IN ACCESS EXCLUSIVE MODE": OWNER,
    "SELECT lo_create(0)": ANYBODY,
    "SELECT pg_advisory_lock(1)": ANYBODY,
    "SELECT pg_notify('x', 'x')": ANYBODY,
    "SET statement_timeout = 0": ANYBODY,
}
MARIADB = {
    "DELETE FROM logs": NOBODY,
    "INSERT INTO logs (action) VALUES ('x')": NOBODY,
    "REPLACE INTO logs (id, action) VALUES (1, 'x')": NOBODY,
    "UPDATE logs SET action = 'x'": NOBODY,
    "TRUNCATE logs": NOBODY,
    "DROP TABLE logs": NOBODY,
    "ALTER TABLE logs ADD COLUMN x int": NOBODY,
    "RENAME TABLE logs TO l": NOBODY,
    "CREATE TABLE x (id int)": NOBODY,
    "CREATE TEMPORARY TABLE x (id int)": NOBODY,
    "CREATE VIEW v AS SELECT 1": NOBODY,
    "CREATE INDEX x ON logs (dttm)": NOBODY,
    "CREATE TRIGGER t BEFORE INSERT ON logs FOR EACH ROW SET @x = 1": NOBODY,
    "CREATE PROCEDURE p() SELECT 1": NOBODY,
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM logs": NOBODY,
    "CREATE USER intruder": NOBODY,
    "CREATE DATABASE x": NOBODY,
    "GRANT ALL ON *.* TO root@localhost": NOBODY,
    "SELECT id FROM logs FOR UPDATE": NOBODY,
    "SELECT id FROM logs LOCK IN SHARE MODE": ANYBODY,
    "LOCK TABLES logs WRITE": NOBODY,
    "SET TRANSACTION READ WRITE": NOBODY,
    "SELECT evil()": NOBODY,
    "EXECUTE IMMEDIATE 'DELETE FROM logs'": NOBODY,
    "LOAD DATA INFILE '/etc/hostname' INTO TABLE logs": NOBODY,
    "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE logs": NOBODY,
    "OPTIMIZE TABLE logs": NOBODY,
    "DELETE FROM logs; SELECT 1": NOBODY,
    "COMMIT; SET SESSION TRANSACTION READ WRITE; DELETE FROM logs": NOBODY,
    "INSTALL SONAME 'x'": NOBODY,
    "SELECT 1 INTO OUTFILE '{folder}/y'": ADMINISTRATOR,
    "SELECT load_file('/etc/hostname')": ANYBODY,
    "FLUSH STATUS": ADMINISTRATOR,
    "SELECT get_lock('x', 1)": ANYBODY,
    "SET SESSION max_statement_time = 0": ANYBODY,
}
ATTEMPTS = {"postgresql": POSTGRESQL, "mariadb": MARIADB}
EVIL = {
    "postgresql": "CREATE FUNCTION public.evil() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN DELETE FROM public.logs; RETURN 1; END $$",
    "mariadb": "CREATE FUNCTION evil() RETURNS int DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER"
    " BEGIN DELETE FROM logs; RETURN 1; END",
}


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def loaded(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Loaded]:
    server: Server = request.getfixturevalue(request.param)
    with databases.private(server, FIXTURE) as private:
        private.run(EVIL[server.kind].replace(":", "\\:"))
        yield private


@pytest.fixture(params=["administrator", "owner", "reader"])
def account(request: pytest.FixtureRequest, loaded: Loaded) -> Iterator[tuple[str, URL]]:
    """The role of the server's administrator, Superset's own, and the one that `auditctl grants` prints."""
    if request.param == "administrator":
        yield request.param, loaded.url()
    elif request.param == "reader":
        with made(loaded) as found:
            yield request.param, found.url
    else:
        name = loaded.server.fresh_name("Owner")
        _make_owner(loaded, name)
        yield request.param, loaded.url(name, PASSWORD)


def _make_owner(loaded: Loaded, name: str) -> None:
    if loaded.server.kind == "mariadb":
        loaded.run(
            f"CREATE USER `{name}` IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON `{loaded.database}`.* TO `{name}`",
        )
        return
    loaded.run(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{PASSWORD}'", f'GRANT ALL ON SCHEMA public TO "{name}"')
    for (table,) in loaded.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        loaded.run(f'ALTER TABLE public."{table}" OWNER TO "{name}"')


@pytest.fixture
def anywhere() -> Iterator[Path]:
    """A folder that the server may write into."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def objects(loaded: Loaded) -> list[tuple[object, ...]]:
    """Return the tables, columns and routines that are there."""
    mine = "table_schema = database()" if loaded.server.kind == "mariadb" else "table_schema = 'public'"
    return loaded.run(
        f"SELECT table_name, column_name FROM information_schema.columns WHERE {mine} ORDER BY 1, 2"
    ) + loaded.run(f"SELECT routine_name FROM information_schema.routines WHERE {mine.replace('table', 'routine')}")


def test_nothing_that_is_tried_on_a_source_changes_a_row(
    loaded: Loaded, account: tuple[str, URL], counts: Counter[str], anywhere: Path
) -> None:
    who, url = account
    kind = loaded.server.kind
    before = checksums(loaded), objects(loaded)
    wrong = []
    for statement, let_through in ATTEMPTS[kind].items():
        with closing(open_source(as_given(url), Options(zone="UTC"), anywhere)) as source:
            try:
                source._connection.exec_driver_sql(statement.replace("{folder}", str(anywhere)))
                through = True
            except DBAPIError:
                through = False
        if through != (who in let_through):
            wrong.append((statement, "let through" if through else "refused"))
        counts[f"{kind}_attempts"] += 1
        counts[f"{kind}_refused"] += not through
    assert not wrong, "; ".join(f"{one}: {how}" for one, how in wrong)
    assert (checksums(loaded), objects(loaded)) == before
