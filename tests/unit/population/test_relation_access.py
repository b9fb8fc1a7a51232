"""Permissions in words, the roles that dashboards were given to, and what a change of access added and removed."""

from __future__ import annotations

import pytest

from .made import Superset


@pytest.mark.parametrize(
    ("permission", "view", "may", "reach"),
    [
        ("all_datasource_access", "all_datasource_access", "read every dataset", "data"),
        ("datasource_access", "[sales].[orders](id:7)", "read dataset sales.orders", "data"),
        ("database_access", "[sales].(id:3)", "read everything in database sales", "data"),
        ("schema_access", "[sales].[main]", "read everything in schema sales.main", "data"),
        ("catalog_access", "[sales].[hive]", "read everything in catalog sales.hive", "data"),
        ("can_sqllab", "Superset", "run SQL in SQL Lab", "data"),
        ("can_csv", "Superset", "export data of charts", "data"),
        ("can_export", "Chart", "export definitions of charts", "content"),
        ("can_read", "Dashboard", "see dashboards", "content"),
        ("can_write", "Dashboard", "change dashboards", "content"),
        ("can_read", "User", "see accounts", "content"),
        ("can_put", "User", "change accounts", "security"),
        ("can_delete", "Role", "change roles", "security"),
        ("can_write", "Row Level Security", "change row-level security", "security"),
        ("resetpasswords", "UserDBModelView", "reset the passwords of others", "security"),
        ("can_sqllab", "Elsewhere", "can_sqllab on Elsewhere", None),
        ("can_read", "Unheard", "can_read on Unheard", None),
        ("can_dance", "Dashboard", "can_dance on Dashboard", None),
    ],
)
def test_a_permission_is_put_in_words_where_they_are_known(
    permission: str, view: str, may: str, reach: str | None, superset: Superset
) -> None:
    superset.sql(
        "DELETE FROM ab_permission_view_role",
        "DELETE FROM ab_permission_view",
        "DELETE FROM ab_permission",
        "DELETE FROM ab_view_menu",
        f"INSERT INTO ab_permission (id, name) VALUES (1, '{permission}')",
        f"INSERT INTO ab_view_menu (id, name) VALUES (1, '{view}')",
        "INSERT INTO ab_permission_view (id, permission_id, view_menu_id) VALUES (1, 1, 1)",
        "INSERT INTO ab_permission_view_role (id, permission_view_id, role_id) VALUES (1, 1, 2)",
    )
    found = superset.build("entitlements").rows("SELECT source_ref, role, may, reach FROM entitlements")
    assert found == [("ab_permission_view_role:1", "Public", may, reach)]


def test_every_permission_of_a_role_is_one_row(superset: Superset) -> None:
    found = superset.build("entitlements").rows("SELECT count(*), count(DISTINCT source_ref) FROM entitlements")
    assert found == [(471, 471)]


def test_a_dashboard_that_was_given_to_a_role_is_a_row(superset: Superset) -> None:
    superset.sql(
        "INSERT INTO dashboard_roles (id, role_id, dashboard_id) VALUES (5, 2, 1)",
        "UPDATE dashboards SET published = 1 WHERE id = 1",
    )
    columns = "source_ref, dashboard_id, dashboard, published, role_id, role"
    found = superset.build("dashboard_grants").rows(f"SELECT {columns} FROM dashboard_grants")
    assert found == [("dashboard_roles:5", 1, "Patient Census", True, 2, "Public")]


def test_a_change_is_taken_apart_into_what_it_added_and_removed(superset: Superset) -> None:
    changes = {
        "roles": {"before": ["Alpha", "Gamma"], "after": ["Admin", "Alpha"]},
        "groups": {"before": None, "after": ["Ops"]},
        "active": {"before": True, "after": False},
    }
    payload = {"recorder": 1, "target_type": "user", "target_id": 3, "event_outcome": "succeeded", "changes": changes}
    row = superset.log("UserUpdated", "2026-07-01 08:00:00.000000", payload)
    found = superset.build("access_change_items").rows(
        "SELECT source_ref, field, change, item FROM access_change_items"
    )
    assert found == [
        (f"logs:{row}", "groups", "added", "Ops"),
        (f"logs:{row}", "roles", "added", "Admin"),
        (f"logs:{row}", "roles", "removed", "Gamma"),
    ]


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("UserUpdated", {"changes": {"roles": {"before": [], "after": ["Admin"]}}}),
        ("DashboardRestApi.put", {"recorder": 1, "changes": {"roles": {"before": [], "after": ["Admin"]}}}),
        ("UserLoggedIn", {"recorder": 1, "changes": {"roles": {"before": [], "after": ["Admin"]}}}),
        ("UserUpdated", {"recorder": 1, "changes": {"roles": ["Admin"]}}),
        ("UserUpdated", {"recorder": 1, "changes": ["Admin"]}),
        ("UserUpdated", {"recorder": 1, "changes": "Admin"}),
        ("UserUpdated", {"recorder": 1, "changes": None}),
        ("UserUpdated", {"recorder": 1}),
    ],
)
def test_only_the_recorders_own_changes_of_access_count_and_a_shape_of_another_kind_is_no_error(
    action: str, payload: dict[str, object], superset: Superset
) -> None:
    superset.log(action, "2026-07-01 08:00:00.000000", payload)
    assert superset.build("access_change_items").rows("SELECT item FROM access_change_items") == []
