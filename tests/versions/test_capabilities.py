"""What each version can hold: the same but for two things, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from tests.fixture.built import NOW, Built

from .conftest import logged
from .truth import NO_BODIES, VERSIONS

FROM_THE_FIRST_ROW = "from the first row of its family"
# The first row that says execute_sql: alice's first chart.
FIRST_BODIES = {"4.1.4": 21, "5.0.0": 21, "6.1.0": 22}


def held(built: Built) -> set[str]:
    return {name for name, capability in built.population.capabilities.items() if capability.held}


@pytest.mark.parametrize("version", FIRST_BODIES)
def test_bodies_are_held_from_the_first_row_that_only_4_1_and_later_write(
    day: Mapping[str, Built], version: str
) -> None:
    action, first = day[version].one(f"SELECT action, occurred_at FROM log_rows WHERE id = {FIRST_BODIES[version]}")
    assert action == "execute_sql"
    (span,) = day[version].population.capabilities["request_bodies"].held
    assert (span.since, span.until, span.reason) == (first.replace(tzinfo=UTC), NOW, FROM_THE_FIRST_ROW)


def test_3_1_holds_no_bodies_and_says_which_versions_do_not(day: Mapping[str, Built]) -> None:
    capability = day[NO_BODIES].population.capabilities["request_bodies"]
    assert capability.held == ()
    assert capability.reason.startswith("Superset 3.0 to 4.0 stores no JSON body of a request")
    assert capability.remedy.startswith("Upgrade to 4.1 or later")


def test_after_an_upgrade_bodies_are_held_from_then_on(changed: Callable[..., Built]) -> None:
    row = logged("execute_sql", "2026-11-24 06:00:00", '{"path": "/", "object_ref": "superset.sql_lab"}')
    (span,) = changed("3.1.3", row).population.capabilities["request_bodies"].held
    assert span.since == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_a_client_of_3_1_cannot_pretend_that_bodies_are_stored(changed: Callable[..., Built]) -> None:
    # With ?explode=, a client writes the payload as a whole; which action it is, the server says.
    forged = '{"path": "/api/v1/chart/data", "queries": [], "result_format": "json", "action": "execute_sql"}'
    built = changed("3.1.3", logged("ChartDataRestApi.data", "2026-11-24 03:20:00", forged))
    assert built.population.capabilities["request_bodies"].held == ()


@pytest.mark.parametrize(("version", "there"), [("3.1.3", False), ("4.1.4", False), ("5.0.0", True), ("6.1.0", True)])
def test_groups_are_held_where_there_are_tables_of_groups(day: Mapping[str, Built], version: str, there: bool) -> None:
    capability = day[version].population.capabilities["groups"]
    assert bool(capability.held) is there
    if not there:
        assert capability.reason.startswith("This database has no tables of groups")
        assert "no membership is missed" in capability.reason


def test_one_missing_table_of_groups_is_named(changed: Callable[..., Built]) -> None:
    capability = changed("5.0.0", "DROP TABLE ab_group_role").population.capabilities["groups"]
    assert (capability.held, capability.reason) == ((), "This database has no table ab_group_role.")


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_else_is_held_alike(day: Mapping[str, Built], version: str) -> None:
    apart = {"request_bodies", "groups"}
    assert held(day[version]) - apart == {
        "accounts_now",
        "browser_reports",
        "content_changes",
        "dashboard_views",
        "data_requests",
        "embeddings_now",
        "entitlements_now",
        "exports",
        "log_rows",
        "row_rules_now",
        "schedule_runs",
        "schedules_now",
        "scope_phi",
        "server_zone",
        "sql_statements",
    }


@pytest.mark.parametrize(("version", "entitlements"), [("3.1.3", 469), ("4.1.4", 403), ("5.0.0", 424), ("6.1.0", 471)])
def test_accounts_and_roles_are_the_same_and_permissions_are_the_versions_own(
    day: Mapping[str, Built], version: str, entitlements: int
) -> None:
    built = day[version]
    assert built.rows("SELECT username, active, roles FROM accounts ORDER BY username") == [
        ("admin", True, "Admin"),
        ("alice", True, "Alpha, sql_lab"),
        ("bob", True, "Alpha, sql_lab"),
        ("carol", True, "Gamma, data_orders"),
        ("dave", False, "Gamma"),
        ("erin", True, "Admin"),
    ]
    assert built.one("SELECT count(*), count(*) FILTER (WHERE via = 'direct') FROM grants") == (9, 9)
    assert built.one("SELECT count(*) FROM entitlements") == (entitlements,)


@pytest.mark.parametrize(
    ("version", "release"),
    [("3.1.3", "3.1.0 to 3.1.3"), ("4.1.4", "4.1.0 to 4.1.4"), ("5.0.0", "5.0.0"), ("6.1.0", "6.1.0")],
)
def test_the_release_is_known_by_its_newest_migration(day: Mapping[str, Built], version: str, release: str) -> None:
    (facts,) = day[version].population.sources
    assert facts.superset_version == release


def test_a_migration_that_no_release_ends_with_gives_no_release(changed: Callable[..., Built]) -> None:
    (facts,) = changed("6.1.0", "UPDATE alembic_version SET version_num = '000000000000'").population.sources
    assert facts.superset_version is None
