"""Embedded dashboards and row-level-security rules, on a database in which they are made by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from auditctl.settings import Settings

from .made import NOW, Superset

CHANGED = "2026-11-24 01:56:29.921236"  # of the fixture's one rule, by admin


@pytest.mark.parametrize(
    ("stored", "allowed"),
    [
        ("NULL", None),
        ("''", None),
        ("' , '", None),
        ("'portal.example.com'", "portal.example.com"),
        ("'https://a.example, b.example,'", "https://a.example, b.example"),
    ],
)
def test_an_empty_list_of_sites_is_no_list(stored: str, allowed: str | None, superset: Superset) -> None:
    superset.sql(f"UPDATE embedded_dashboards SET allow_domain_list = {stored}")
    rows = superset.build("embeddings").rows(
        "SELECT source_ref, dashboard_id, name, allowed_domains, changed_by, changed_at FROM embeddings"
    )
    assert rows == [
        (
            "embedded_dashboards:2",
            2,
            "Orders Overview v3",
            allowed,
            "admin",
            datetime.fromisoformat("2026-11-24 01:56:31.974692"),
        )
    ]


def test_a_rule_names_what_it_binds_and_what_is_gone_binds_nothing(superset: Superset) -> None:
    superset.sql(
        "UPDATE row_level_security_filters SET name = 'bare'",
        "INSERT INTO row_level_security_filters (id, name, clause, filter_type) VALUES (5, 'bound', 'a = 1', 'Base')",
        "INSERT INTO row_level_security_filters (id, name, clause, filter_type) VALUES (6, 'gone', 'a = 1', 'Regular')",
        "INSERT INTO rls_filter_tables (rls_filter_id, table_id) VALUES (5, 2), (5, 1), (5, 1), (6, 999)",
        "INSERT INTO rls_filter_roles (rls_filter_id, role_id) VALUES (6, 999)",
        # Twice, as the tables allow.
        *[
            "INSERT INTO rls_filter_roles (rls_filter_id, role_id)"
            " SELECT 5, id FROM ab_role WHERE name IN ('Gamma', 'Alpha')"
        ]
        * 2,
    )
    rows = superset.build("row_rules").rows("SELECT name, filter_type, datasets, roles FROM row_rules ORDER BY name")
    assert rows == [
        ("bare", "Regular", None, None),
        ("bound", "Base", "main.orders, main.patients", "Alpha, Gamma"),
        ("gone", "Regular", None, None),
    ]


def test_who_changed_a_rule_is_known_and_when_only_in_a_declared_zone(superset: Superset) -> None:
    columns = "SELECT source_ref, changed_by, changed_at FROM row_rules"
    rows = superset.build("row_rules").rows(columns)
    assert rows == [("row_level_security_filters:1", "admin", datetime.fromisoformat(CHANGED))]


def test_without_a_declared_zone_no_time_is_given(superset: Superset) -> None:
    built = superset.build("row_rules", "embeddings", settings=Settings(now=NOW))
    assert built.column("SELECT changed_at FROM row_rules UNION ALL SELECT changed_at FROM embeddings") == [None, None]


def test_a_database_without_these_tables_cannot_hold_them(superset: Superset) -> None:
    superset.sql("DROP TABLE embedded_dashboards", "DROP TABLE rls_filter_roles")
    built = superset.build("row_rules", "embeddings", requires=("row_rules_now", "embeddings_now"))
    capabilities = built.population.capabilities
    assert capabilities["embeddings_now"].held == capabilities["row_rules_now"].held == ()
    assert capabilities["embeddings_now"].reason == "The table of embedded dashboards is not in this database."
    assert capabilities["row_rules_now"].reason == "This database has no table rls_filter_roles."
