from __future__ import annotations

from pathlib import Path

import pytest

from .seed import Row, cells, missing, refs, rows_of, seed


def entitlement(role: str, reach: str | None, number: int = 1) -> Row:
    return {"source_ref": f"e:{number}", "role": role, "may": "do something", "reach": reach}


@pytest.mark.parametrize("reach", ["data", "content", "security"])
def test_what_public_may_do_is_an_exception_and_what_another_role_may_do_is_not(reach: str, tmp_path: Path) -> None:
    rights = [entitlement("Public", reach), entitlement("Gamma", reach, 2), entitlement("public", reach, 3)]
    evidence = seed(tmp_path, entitlements=rights).evidence("public_access")
    assert [(row["source_ref"], row["flag_reason"]) for row in rows_of(evidence)] == [
        ("e:1", f"reaches {reach} without an account")
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 3)


def test_what_reaches_nothing_that_is_known_is_shown_and_not_an_exception(tmp_path: Path) -> None:
    rows = seed(tmp_path, entitlements=[entitlement("Public", None)]).run("public_access")
    assert [(row["source_ref"], row["flagged"]) for row in rows] == [("e:1", False)]


def test_a_row_tells_the_permission_in_words_and_as_stored(tmp_path: Path) -> None:
    right = cells(
        may="read every dataset",
        reach="data",
        permission="all_datasource_access",
        view_menu="all_datasource_access",
        source_ref="ab_permission_view_role:9",
    )
    rows = seed(tmp_path, entitlements=[{"role": "Public", **right}]).run("public_access")
    assert rows == [{**right, "flag_reason": "reaches data without an account", "flagged": True}]


def test_a_dashboard_that_was_given_to_public_is_an_exception_unless_it_is_a_draft(tmp_path: Path) -> None:
    boards: list[Row] = [
        {"source_ref": "d:1", "role": "Public", "dashboard": "Census", "published": True},
        {"source_ref": "d:2", "role": "Public", "dashboard": "Draft", "published": False},
        {"source_ref": "d:3", "role": "Public", "dashboard": "Old", "published": None},
        {"source_ref": "d:4", "role": "Gamma", "dashboard": "Orders", "published": True},
    ]
    rows = seed(tmp_path, dashboard_grants=boards).run("public_access")
    reason = "open without an account where DASHBOARD_RBAC is on"
    assert [(row["may"], row["reach"], row["flag_reason"]) for row in rows] == [
        ("open dashboard Census", "data", reason),
        ("open dashboard Draft", "data", None),
        ("open dashboard Old", "data", reason),
    ]


def test_what_reaches_furthest_comes_first(tmp_path: Path) -> None:
    reaches = (None, "content", "data", "security")
    rights = [entitlement("Public", reach, number) for number, reach in enumerate(reaches, start=1)]
    assert refs(seed(tmp_path, entitlements=rights).run("public_access")) == ("e:4", "e:3", "e:2", "e:1")


def test_a_database_without_permissions_cannot_tell(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"entitlements_now": []})
    assert missing(seeded.evidence("public_access")) == {"entitlements_now": [("07-01", "10-01")]}
