"""What the role that reads could do to the log is found out, whatever way it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from auditctl.source.mysql_role import powers_of, roles_of
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, OpenAt

PASSWORD = "CANARY-role-password"


@contextmanager
def postgresql_role(loaded: Loaded, attributes: str, *grants: str) -> Iterator[str]:
    """Make a role that may read everything, and what `grants` say of {role} and {other}, a role without a password."""
    role, other = (loaded.server.fresh_name(name) for name in ("role", "other"))
    try:
        loaded.run(
            f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' {attributes}",
            f"CREATE ROLE {other}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
            *(grant.format(role=role, other=other, database=loaded.database) for grant in grants),
        )
        yield role
    finally:
        for name in (role, other):
            loaded.run(f"REASSIGN OWNED BY {name} TO postgres", f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("attributes", "grants", "powers"),
    [
        ("", [], []),
        ("SUPERUSER", [], ["superuser"]),
        ("", ["ALTER TABLE logs OWNER TO {role}"], ["owner of logs"]),
        ("", ["GRANT INSERT, DELETE ON logs TO {role}"], ["INSERT, DELETE on logs"]),
        ("", ["GRANT TRIGGER ON logs TO PUBLIC"], ["TRIGGER on logs"]),
        ("", ["GRANT UPDATE (action) ON logs TO {role}"], ["UPDATE of columns of logs"]),
        ("", ["GRANT INSERT ON alembic_version TO {role}"], ["INSERT on alembic_version"]),
        (
            "NOINHERIT",
            ["GRANT DELETE ON logs TO {other}", "GRANT {other} TO {role}"],
            ["DELETE on logs through the role "],
        ),
        (
            "",
            ["ALTER TABLE logs OWNER TO {other}", "GRANT {other} TO {role}"],
            ["INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER on logs", "owner of logs through the role "],
        ),
        ("", ["ALTER SCHEMA public OWNER TO {role}"], ["owner of the schema"]),
        (
            "",
            ["ALTER DATABASE {database} OWNER TO {role}", "ALTER SCHEMA public OWNER TO postgres"],
            ["owner of the database"],
        ),
        ("", ["CREATE VIEW v AS SELECT * FROM logs", "GRANT DELETE ON v TO {role}"], ["DELETE on a view of logs"]),
        (
            "",
            [
                "CREATE VIEW v AS SELECT * FROM logs",
                "CREATE VIEW w AS SELECT * FROM v",
                "GRANT UPDATE (action) ON w TO {role}",
            ],
            ["UPDATE of columns of a view of logs"],
        ),
        (
            "",
            ["CREATE TABLE old_logs () INHERITS (logs)", "GRANT DELETE ON old_logs TO {role}"],
            ["DELETE on a part of logs"],
        ),
        ("CREATEROLE", [], ["CREATEROLE"]),
        (
            "",
            ["GRANT pg_write_server_files TO {role}"],
            ["files of the server through the role pg_write_server_files"],
        ),
        (
            "",
            ["GRANT pg_write_all_data TO {role}"],
            [
                "INSERT, UPDATE, DELETE on logs",
                "INSERT, UPDATE, DELETE on logs through the role pg_write_all_data",
                "INSERT, UPDATE, DELETE on ab_group",
            ],
        ),
    ],
)
def test_the_powers_of_a_role_of_postgresql_are_found(
    pg: Loaded, open_at: OpenAt, attributes: str, grants: list[str], powers: list[str]
) -> None:
    with postgresql_role(pg, attributes, *grants) as role:
        source = open_at(pg.url(role, PASSWORD))
        found = source.facts.role
        source.close()
        assert found.name == role
        assert [power.split("other_")[0] for power in (*found.powers, *found.others[:1])] == powers
        assert found.may_modify == bool(powers)


@contextmanager
def mariadb_account(loaded: Loaded, *grants: str) -> Iterator[str]:
    """Make an account that may read everything, and what `grants` say of {account}, {role} and {database}."""
    name, role = (loaded.server.fresh_name(kind) for kind in ("account", "role"))
    account = f"'{name}'@'127.0.0.1'"
    try:
        loaded.run(
            f"CREATE USER {account} IDENTIFIED BY '{PASSWORD}'",
            f"CREATE ROLE {role}",
            f"GRANT SELECT ON {loaded.database}.* TO {account}",
            *(grant.format(account=account, role=role, database=loaded.database) for grant in grants),
        )
        yield name
    finally:
        loaded.run(f"DROP USER {account}", f"DROP ROLE {role}")


@pytest.mark.parametrize(
    ("grants", "powers"),
    [
        ([], []),
        (["GRANT ALL ON {database}.* TO {account}"], ["ALL PRIVILEGES on every table"]),
        (["GRANT INSERT, UPDATE ON {database}.logs TO {account}"], ["INSERT, UPDATE on logs"]),
        (["GRANT UPDATE (action) ON {database}.logs TO {account}"], ["UPDATE of columns of logs"]),
        (["GRANT DELETE ON *.* TO {account}"], ["DELETE on every database"]),
        (["GRANT DELETE ON `private\\_%`.* TO {account}"], ["DELETE on every table"]),
        (["GRANT DELETE ON `other\\_%`.* TO {account}"], []),
        (["GRANT DELETE ON {database}.ab_user TO {account}"], ["DELETE on ab_user"]),
        (["GRANT INSERT ON mysql.tables_priv TO {account}"], ["INSERT on the server's own tables"]),
        (["GRANT FILE, BINLOG REPLAY ON *.* TO {account}"], ["FILE, BINLOG REPLAY on every database"]),
        (
            ["CREATE VIEW {database}.v AS SELECT * FROM {database}.logs", "GRANT DELETE ON {database}.v TO {account}"],
            ["DELETE on the view v"],
        ),
        (["GRANT SUPER ON *.* TO {account}"], ["SUPER on every database"]),
        (
            ["GRANT DELETE ON {database}.logs TO {role}", "GRANT {role} TO {account}"],
            ["DELETE on logs through the role "],
        ),
        (["GRANT SHOW VIEW ON {database}.* TO {account}"], []),
    ],
)
def test_the_powers_of_an_account_of_mariadb_are_found(
    maria: Loaded, open_at: OpenAt, grants: list[str], powers: list[str]
) -> None:
    with mariadb_account(maria, *grants) as account:
        source = open_at(maria.url(account, PASSWORD))
        role = source.facts.role
        source.close()
        assert role.name == f"{account}@127.0.0.1"
        assert [power.split("role_")[0] for power in (*role.powers, *role.others)] == powers


def test_the_administrators_are_found(
    postgresql: Server, mariadb: Server, databases: Databases, open_at: OpenAt
) -> None:
    found = [open_at(databases.shared(server, FIXTURE).url()).facts.role.powers for server in (postgresql, mariadb)]
    assert found == [("superuser",), ("ALL PRIVILEGES on every database",)]


@pytest.mark.parametrize(
    ("line", "powers"),
    [
        ("GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*CANARY'", []),
        ("GRANT SELECT, INSERT ON `superset`.* TO `a`@`%`", ["INSERT on every table"]),
        ("GRANT SELECT (`id`, `json`), UPDATE (`json`) ON `superset`.`logs` TO `a`@`%`", ["UPDATE of columns of logs"]),
        ("GRANT DELETE ON `super%`.* TO `a`@`%` WITH GRANT OPTION", ["DELETE on every table"]),
        ("GRANT DELETE ON `super\\_set`.* TO `a`@`%`", []),
        ("GRANT BINLOG_ADMIN,SET_ANY_DEFINER ON *.* TO `a`@`%`", ["BINLOG_ADMIN, SET_ANY_DEFINER on every database"]),
        ("GRANT SELECT, PROCESS, REPLICA MONITOR ON *.* TO `a`@`%`", []),
        ("GRANT DELETE ON `super%`.`logs` TO `a`@`%`", []),
        ("GRANT PROXY ON ``@`%` TO `a`@`%`", ["PROXY of another account"]),
        ('GRANT ALL PRIVILEGES ON "superset".* TO "a"@"%"', ["a grant not understood"]),
        ("GRANT ALL PRIVILEGES ON superset.* TO a@%", ["a grant not understood"]),
        ("SET DEFAULT ROLE `r` FOR `a`@`%`", []),
        ("REVOKE DELETE ON `superset`.* FROM `a`@`%`", []),
        ("GRANT DELETE ON TABLE `superset`.`logs` TO `a`@`%`", ["DELETE on logs"]),
        ("GRANT EXECUTE ON PROCEDURE `superset`.`logs` TO `a`@`%`", []),
        ("GRANT `writer`@`%` TO `a`@`%`", []),
    ],
)
def test_a_line_of_show_grants_is_understood(line: str, powers: list[str]) -> None:
    assert [power.text for power in powers_of([line], "superset")] == powers


def test_roles_are_found_as_mysql_and_mariadb_write_them() -> None:
    lines = [
        "GRANT `reader`@`%`,`writer`@`%` TO `a`@`%`",
        "GRANT `plain` TO `a`@`localhost`",
        "GRANT USAGE ON *.* TO `a`@`%`",
    ]
    assert list(roles_of(lines)) == ["`reader`@`%`", "`writer`@`%`", "`plain`"]
