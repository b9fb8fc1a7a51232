from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .seed import Row, Seeded, cells, refs, seed

TABLE = "main.patients"
HOME = {
    "scope": "asked",
    "entry": TABLE,
    "by_schema": False,
    "database_id": 1,
    "database_name": "production",
    "schema_name": "main",
    "table_name": "patients",
}
DATASETS = [
    {"scope": "asked", "object_type": "dataset", "object_id": "7", "name": "main.patients", "entry": TABLE, "via": way}
    for way in ("on table main.patients", "on table production.main.patients")
]
ALICE = {"user_id": 1, "username": "alice", "active": True, "role_id": 5, "role": "Gamma", "source_ref": "g:1"}


def may(permission: str, view_menu: str, role_id: int = 5, role: str = "Gamma", **columns: object) -> Row:
    words = {"may": f"{permission} of {view_menu}", "source_ref": f"p:{permission}:{view_menu}"}
    return {"role_id": role_id, "role": role, "permission": permission, "view_menu": view_menu, **words, **columns}


def asked(seeded: Seeded) -> list[dict[str, Any]]:
    return seeded.run("who_can", table=TABLE)


@pytest.mark.parametrize(
    ("permission", "view_menu", "id_in_name", "reaches"),
    [
        ("all_database_access", "all_database_access", None, True),
        ("all_datasource_access", "all_datasource_access", None, True),
        ("database_access", "[production].(id:1)", 1, True),
        ("database_access", "[research].(id:2)", 2, False),
        ("schema_access", "[production].[main]", None, True),
        ("schema_access", "[production].[warehouse].[MAIN]", None, True),
        ("schema_access", "[production].[domain]", None, False),
        ("schema_access", "[research].[main]", None, False),
        ("datasource_access", "[production].[patients](id:7)", 7, True),
        ("datasource_access", "[production].[orders](id:8)", 8, False),
        ("datasource_access", "[production].[orders](id:1)", 1, False),  # the database's id, not a dataset's
        ("can_read", "Dataset", None, False),
    ],
)
def test_a_permission_reaches_the_table_by_what_it_is_for(
    permission: str, view_menu: str, id_in_name: int | None, reaches: bool, tmp_path: Path
) -> None:
    entitlements = [may(permission, view_menu, dataset_id=id_in_name)]
    seeded = seed(tmp_path, grants=[ALICE], entitlements=entitlements, scope_tables=[HOME], scope_objects=DATASETS)
    rows = asked(seeded)
    expected = [("alice", "Gamma", "direct", None)] if reaches else []
    assert [(row["username"], row["role"], row["via"], row["doubt"]) for row in rows] == expected


def test_a_permission_on_another_connection_to_its_database_reaches_the_table(tmp_path: Path) -> None:
    entitlements = [
        may("database_access", "[research].(id:2)", dataset_id=2),
        may("schema_access", "[research].[main]"),
        may("schema_access", "[research].[other]"),
    ]
    other = {**HOME, "database_id": 2, "database_name": "research", "same_as": "production"}
    rows = asked(seed(tmp_path, grants=[ALICE], entitlements=entitlements, scope_tables=[HOME, other]))
    assert refs(rows, "may") == ("database_access of [research].(id:2)", "schema_access of [research].[main]")


def test_of_a_catalog_and_of_a_schema_that_nothing_tells_it_is_not_known_whether_the_table_is_in_it(
    tmp_path: Path,
) -> None:
    entitlements = [may("catalog_access", "[production].[warehouse]"), may("schema_access", "[production].[clinic]")]
    nowhere = {**HOME, "schema_name": None}
    seeded = seed(tmp_path, grants=[ALICE], entitlements=entitlements, scope_tables=[nowhere])
    assert refs(asked(seeded), "doubt") == (
        "whether the table is in this catalog",
        "whether the table is in this schema",
    )


def test_where_the_schema_is_told_once_there_is_no_doubt_and_one_row(tmp_path: Path) -> None:
    entitlements = [may("schema_access", "[production].[main]")]
    homes = [HOME, {**HOME, "schema_name": None}]
    seeded = seed(tmp_path, grants=[ALICE], entitlements=entitlements, scope_tables=homes)
    assert refs(asked(seeded), "doubt") == (None,)


def test_an_administrator_is_one_row_however_much_the_role_may(tmp_path: Path) -> None:
    admin = {"user_id": 2, "username": "bob", "active": False, "role_id": 1, "role": "Admin", "source_ref": "g:2"}
    entitlements = [may("all_database_access", "all", 1, "Admin"), may("all_datasource_access", "all", 1, "Admin")]
    seeded = seed(tmp_path, grants=[admin], entitlements=entitlements, scope_tables=[HOME], scope_objects=DATASETS)
    columns = ("username", "active", "may", "sql_lab", "source_ref")
    assert [tuple(row[name] for name in columns) for row in asked(seeded)] == [
        ("bob", False, "do everything", True, "g:2")
    ]


def test_owners_of_datasets_on_the_table_could_and_owners_of_charts_could_not(tmp_path: Path) -> None:
    owners = [
        {"object_type": "dataset", "object_id": "7", "user_id": 1, "username": "alice", "active": True},
        {"object_type": "dataset", "object_id": "8", "user_id": 2, "username": "bob", "active": True},
        {"object_type": "chart", "object_id": "7", "user_id": 3, "username": "carol", "active": True},
    ]
    (row,) = asked(seed(tmp_path, owners=owners, scope_tables=[HOME], scope_objects=DATASETS))
    assert (row["username"], row["may"], row["role"], row["via"]) == (
        "alice",
        "read and change dataset main.patients",
        None,
        "owner",
    )


def test_owners_of_a_dashboard_that_was_given_to_roles_could_open_it_published_or_not(tmp_path: Path) -> None:
    numbers = ("1", "2", "3")
    boards = [
        cells(scope="asked", object_type="dashboard", object_id=number, name="x", entry=TABLE, via="x")
        for number in numbers[:2]
    ]
    owners = [
        cells(
            object_type="dashboard",
            object_id=number,
            user_id=1,
            username="alice",
            active=True,
            source_ref=f"o:{number}",
        )
        for number in numbers
    ]
    given = [
        cells(dashboard_id=1, dashboard="Draft", published=False, role_id=5, role="Gamma", source_ref="d:1"),
        cells(dashboard_id=1, dashboard="Draft", published=False, role_id=6, role="Alpha", source_ref="d:2"),
        # Dashboard 2 has no roles, and 3 does not show the table.
        cells(dashboard_id=3, dashboard="Orders", published=True, role_id=5, role="Gamma", source_ref="d:3"),
    ]
    (row,) = asked(seed(tmp_path, owners=owners, dashboard_grants=given, scope_objects=boards))
    assert (row["username"], row["may"], row["via"], row["doubt"], row["source_ref"]) == (
        "alice",
        "open dashboard Draft",
        "owner",
        "whether roles of dashboards count (DASHBOARD_RBAC)",
        "o:1",
    )


def test_whoever_may_change_roles_or_accounts_could_give_themselves_access(tmp_path: Path) -> None:
    entitlements = [
        cells(role_id=5, role="Gamma", may="change roles", reach="security", source_ref="p:2"),
        cells(role_id=5, role="Gamma", may="change roles", reach="security", source_ref="p:1"),
        cells(role_id=5, role="Gamma", may="change row-level security", reach="security", source_ref="p:3"),
        cells(role_id=5, role="Gamma", may="see roles", reach="content", source_ref="p:4"),
        cells(role_id=5, role="Gamma", may="reset the passwords of others", reach="security", source_ref="p:5"),
    ]
    rows = asked(seed(tmp_path, grants=[ALICE], entitlements=entitlements, scope_tables=[HOME]))
    assert [(row["username"], row["may"], row["role"], row["source_ref"]) for row in rows] == [
        ("alice", "change roles, and so give themselves access", "Gamma", "g:1/p:1"),
        ("alice", "reset the passwords of others, and so give themselves access", "Gamma", "g:1/p:5"),
    ]


def test_whether_an_account_may_use_sql_lab_is_told_whatever_role_lets_it(tmp_path: Path) -> None:
    other = {**ALICE, "user_id": 2, "username": "bob", "source_ref": "g:2"}
    lab = {**ALICE, "role_id": 6, "role": "sql_lab", "source_ref": "g:3"}
    entitlements = [
        may("database_access", "[production].(id:1)", dataset_id=1),
        {**may("can_sqllab", "Superset", 6, "sql_lab"), "may": "run SQL in SQL Lab"},
    ]
    seeded = seed(tmp_path, grants=[ALICE, other, lab], entitlements=entitlements, scope_tables=[HOME])
    assert [(row["username"], row["sql_lab"]) for row in asked(seeded)] == [("alice", True), ("bob", False)]


def test_roles_of_published_dashboards_let_where_they_count(tmp_path: Path) -> None:
    boards = [
        {
            "scope": "asked",
            "object_type": "dashboard",
            "object_id": number,
            "name": "Census",
            "entry": TABLE,
            "via": "x",
        }
        for number in ("1", "2")
    ]
    given = [
        {"dashboard_id": 1, "dashboard": "Census", "published": True, "role_id": 5, "role": "Gamma"},
        {"dashboard_id": 2, "dashboard": "Draft", "published": False, "role_id": 5, "role": "Gamma"},
        {"dashboard_id": 3, "dashboard": "Orders", "published": True, "role_id": 5, "role": "Gamma"},
    ]
    (row,) = asked(seed(tmp_path, grants=[ALICE], dashboard_grants=given, scope_objects=boards))
    assert (row["may"], row["doubt"]) == ("open dashboard Census", "whether roles of dashboards count (DASHBOARD_RBAC)")


def test_the_role_public_and_an_embedded_dashboard_are_open_to_people_without_an_account(tmp_path: Path) -> None:
    board = {
        "scope": "asked",
        "object_type": "dashboard",
        "object_id": "1",
        "name": "Census",
        "entry": TABLE,
        "via": "x",
    }
    seeded = seed(
        tmp_path,
        entitlements=[may("all_datasource_access", "all", 2, "Public")],
        embeddings=[{"dashboard_id": 1, "name": "Census"}, {"dashboard_id": 2, "name": "Orders"}],
        scope_tables=[HOME],
        scope_objects=[*DATASETS, board],
    )
    assert [(row["username"], row["active"], row["may"], row["sql_lab"]) for row in asked(seeded)] == [
        ("everybody, without an account", True, "all_datasource_access of all", False),
        ("whoever is given a guest token", True, "open embedded dashboard Census", False),
    ]


def test_the_rules_that_filter_its_datasets_stand_beside(tmp_path: Path) -> None:
    second = {**DATASETS[0], "object_id": "8", "name": "main.joined"}
    rules = [
        {"dataset_id": "7", "rule": "own ward (for Gamma)"},
        {"dataset_id": "8", "rule": "adults (for all but Admin)"},
        {"dataset_id": "9", "rule": "orders (for Gamma)"},
    ]
    entitlements = [
        may("all_database_access", "all"),
        may("datasource_access", "[production].[patients](id:7)", dataset_id=7),
    ]
    seeded = seed(
        tmp_path,
        grants=[ALICE],
        entitlements=entitlements,
        dataset_rules=rules,
        scope_tables=[HOME],
        scope_objects=[*DATASETS, second],
    )
    assert refs(asked(seeded), "row_rules") == (
        "adults (for all but Admin) on main.joined; own ward (for Gamma) on main.patients",
        "own ward (for Gamma) on main.patients",
    )


def test_what_is_declared_elsewhere_is_not_what_is_asked_for(tmp_path: Path) -> None:
    entitlements = [may("database_access", "[production].(id:1)", dataset_id=1)]
    other = {**HOME, "scope": "phi"}
    assert asked(seed(tmp_path, grants=[ALICE], entitlements=entitlements, scope_tables=[other])) == []
