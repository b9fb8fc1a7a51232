"""The SQL of a role: no password in it, and no name that means more than it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from auditctl.errors import UsageError
from auditctl.source.grants import DIALECTS, Granted, Reader, granted_unseen, grants
from auditctl.source.tables import table_specs

READER = Reader("auditctl", 5, timedelta(minutes=10))
LOGS = {"logs": ("id", "json")}


def statements(granted: Granted, reader: Reader = READER) -> list[str]:
    return [line for line in grants(granted, reader).splitlines() if not line.startswith("--")]


def test_postgresql_gets_a_role_that_reads_named_columns_in_one_transaction() -> None:
    assert statements(Granted("postgresql", "superset", "public", LOGS)) == [
        "BEGIN;",
        "DO $$ BEGIN",
        "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'auditctl') THEN",
        "        CREATE ROLE auditctl LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;",
        "    ELSIF EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'logs' AND relkind IN ('r', 'p')",
        "        AND pg_catalog.has_table_privilege('auditctl', oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) THEN",
        "        RAISE EXCEPTION 'auditctl may write to logs: the limits below are not for it';",
        "    END IF;",
        "END $$;",
        "ALTER ROLE auditctl CONNECTION LIMIT 5;",
        "ALTER ROLE auditctl SET default_transaction_read_only = on;",
        "ALTER ROLE auditctl SET statement_timeout = '600s';",
        "ALTER ROLE auditctl SET lock_timeout = '5s';",
        "ALTER ROLE auditctl SET idle_in_transaction_session_timeout = '15min';",
        "GRANT CONNECT ON DATABASE superset TO auditctl;",
        "GRANT USAGE ON SCHEMA public TO auditctl;",
        "GRANT SELECT (id, json) ON public.logs TO auditctl;",
        "COMMIT;",
    ]


def test_mariadb_gets_a_locked_account_with_limits() -> None:
    reader = Reader("auditctl", 2, timedelta(hours=1), "10.0.0.%")
    assert statements(Granted("mariadb", "superset", "", LOGS), reader) == [
        "CREATE USER IF NOT EXISTS `auditctl`@`10.0.0.%` WITH MAX_USER_CONNECTIONS 2 MAX_STATEMENT_TIME 3600"
        " ACCOUNT LOCK;",
        "GRANT SELECT (id, json) ON superset.logs TO `auditctl`@`10.0.0.%`;",
        "GRANT SHOW VIEW ON superset.* TO `auditctl`@`10.0.0.%`;",
        "GRANT REPLICA MONITOR ON *.* TO `auditctl`@`10.0.0.%`;",
    ]


def test_mysql_has_no_statement_timeout_of_an_account_and_another_name_for_seeing_replication() -> None:
    written = statements(Granted("mysql", "s", "", LOGS))
    assert "CREATE USER IF NOT EXISTS `auditctl`@`%` WITH MAX_USER_CONNECTIONS 5 ACCOUNT LOCK;" in written
    assert "GRANT REPLICATION CLIENT ON *.* TO `auditctl`@`%`;" in written


def test_the_name_of_a_mysql_database_is_no_pattern_for_others() -> None:
    written = statements(Granted("mysql", "a_b%`c", "", LOGS))
    assert "GRANT SELECT (id, json) ON `a_b%``c`.logs TO `auditctl`@`%`;" in written
    assert r"GRANT SHOW VIEW ON `a\_b\%``c`.* TO `auditctl`@`%`;" in written


def test_a_postgresql_schema_of_its_own_goes_first_in_that_database() -> None:
    written = statements(Granted("postgresql", 'My "db" 100%', "Audit; x", LOGS))
    assert 'ALTER ROLE auditctl IN DATABASE "My ""db"" 100%" SET search_path = "Audit; x";' in written
    assert 'GRANT SELECT (id, json) ON "Audit; x".logs TO auditctl;' in written


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_a_connection_everything_is_granted_but_no_password_hash(dialect: str) -> None:
    written = grants(granted_unseen(dialect, "superset", "public"), READER)
    granted = [part.split("(")[1].split(")")[0] for part in written.split("GRANT SELECT ")[1:]]
    assert len(granted) == len(table_specs())
    assert not any("password" in columns for columns in granted)
    assert "Nothing was connected: leave out tables and columns that this Superset does not have." in written


@pytest.mark.parametrize(
    "name", ["", "1st", "a b", "a'b", "a`b", "pg_read_all_data", "Public", "none", "a" * 33, "a\n"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a role"):
        Reader(name, 5, timedelta(0))


def test_a_host_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be the host of an account"):
        Reader("auditctl", 5, timedelta(0), "`; --")


def test_a_role_without_connections_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        Reader("auditctl", 0, timedelta(0))
