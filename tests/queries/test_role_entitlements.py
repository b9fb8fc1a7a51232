from __future__ import annotations

from pathlib import Path

from .seed import Row, cells, missing, refs, rows_of, seed


def entitlement(number: int, role_id: int, reach: str | None, may: str = "see charts") -> Row:
    role = {1: "Alpha", 2: "Beta"}[role_id]
    return {"source_ref": f"e:{number}", "role_id": role_id, "role": role, "may": may, "reach": reach}


def test_a_row_tells_what_a_role_may_do_and_how_many_have_it(tmp_path: Path) -> None:
    right = cells(
        role="Alpha",
        may="read dataset production.orders",
        reach="data",
        permission="datasource_access",
        view_menu="[production].[orders](id:2)",
        source_ref="ab_permission_view_role:9",
    )
    grants: list[Row] = [
        {"role_id": 1, "user_id": 1, "active": True},
        {"role_id": 1, "user_id": 1, "active": True, "via": "group:Ops"},
        {"role_id": 1, "user_id": 2, "active": False},
        {"role_id": 2, "user_id": 3, "active": True},
    ]
    evidence = seed(tmp_path, entitlements=[{"role_id": 1, **right}], grants=grants).evidence("role_entitlements")
    assert rows_of(evidence) == [{**right, "accounts": 2, "active_accounts": 1, "flagged": False}]
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 0, 1)


def test_a_role_that_nobody_has_is_listed_too(tmp_path: Path) -> None:
    (row,) = seed(tmp_path, entitlements=[entitlement(1, 1, "data")]).run("role_entitlements")
    assert (row["accounts"], row["active_accounts"]) == (0, 0)


def test_roles_come_by_name_and_what_reaches_furthest_comes_first(tmp_path: Path) -> None:
    rights = [
        entitlement(1, 2, "security"),
        entitlement(2, 1, None),
        entitlement(3, 1, "content", "see dashboards"),
        entitlement(4, 1, "content"),
        entitlement(5, 1, "data"),
        entitlement(6, 1, "security"),
    ]
    rows = seed(tmp_path, entitlements=rights).run("role_entitlements")
    assert refs(rows) == ("e:6", "e:5", "e:4", "e:3", "e:2", "e:1")


def test_a_database_without_permissions_or_accounts_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"entitlements_now": [], "accounts_now": []})
    gap = [("07-01", "10-01")]
    assert missing(seeded.evidence("role_entitlements")) == {"entitlements_now": gap, "accounts_now": gap}
