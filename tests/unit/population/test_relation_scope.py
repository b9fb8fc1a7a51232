"""What the entries of a declared scope bring: schemas, titles with a star, tags, and SQL that is not understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from auditctl.errors import SettingsError
from auditctl.population.model import Assertion
from auditctl.settings import Scope

from .made import SETTINGS, Built, Superset

PATIENTS = {("dataset", "1"), ("chart", "1"), ("dashboard", "1")}
TAGGED = "INSERT INTO tagged_object (id, tag_id, object_id, object_type) VALUES (90, 9, {}, '{}')"


def scoped(superset: Superset, **entries: Any) -> Built:
    settings = replace(SETTINGS, scopes=(Scope("phi", **entries),))
    return superset.build("scope_objects", "touches", settings=settings)


def found(built: Built) -> set[tuple[str, str]]:
    return set(built.rows("SELECT object_type, object_id FROM scope_objects"))


def ran(superset: Superset, number: int, schema: str | None, sql: str) -> None:
    named = "NULL" if schema is None else f"'{schema}'"
    superset.sql(
        "INSERT INTO query (id, client_id, database_id, user_id, status, schema, sql, start_time)"
        f" VALUES ({number}, 'c{number}', 1, 3, 'success', {named}, '{sql}', 1788000000000 + {number})"
    )


def test_a_schema_brings_its_datasets_their_charts_and_dashboards(superset: Superset) -> None:
    superset.sql("UPDATE tables SET schema = 'clinic' WHERE id = 1")
    assert found(scoped(superset, schemas=("CLINIC",))) == {("schema", "CLINIC"), *PATIENTS}


def test_a_schema_of_one_database_is_not_that_of_another(superset: Superset) -> None:
    superset.sql(
        "INSERT INTO dbs (id, database_name, sqlalchemy_uri, created_on, changed_on)"
        " VALUES (2, 'research', 'sqlite://', '2026-01-01', '2026-01-01')",
        "UPDATE tables SET database_id = 2 WHERE id <> 1",
    )
    assert found(scoped(superset, schemas=("production.main",))) == {("schema", "production.main"), *PATIENTS}


def test_a_schema_brings_the_statements_that_name_a_table_of_it(superset: Superset) -> None:
    ran(superset, 1, "main", "SELECT * FROM clinic.visits")
    ran(superset, 2, "clinic", "SELECT * FROM visits")
    ran(superset, 3, "main", "SELECT * FROM visits")
    ran(superset, 4, None, "SELECT * FROM visits")
    touches = scoped(superset, schemas=("clinic",)).rows("SELECT source_ref, via FROM touches")
    assert touches == [("query:1", "schema clinic"), ("query:2", "schema clinic")]


def test_a_table_is_touched_by_a_statement_whose_schema_nothing_tells(superset: Superset) -> None:
    ran(superset, 1, None, "SELECT * FROM visits")
    ran(superset, 2, "other", "SELECT * FROM visits")
    touches = scoped(superset, tables=("production.clinic.visits",)).rows("SELECT source_ref, via FROM touches")
    assert touches == [("query:1", "table production.clinic.visits")]


def connect(superset: Superset, number: int, name: str, uri: str) -> None:
    superset.sql(
        "INSERT INTO dbs (id, database_name, sqlalchemy_uri, created_on, changed_on)"
        f" VALUES ({number}, '{name}', '{uri}', '2026-01-01', '2026-01-01')"
    )


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("postgresql://owner:XXXXXXXXXX@db.example.com:5432/clinic", 1),
        ("postgres+psycopg2://DB.example.com/clinic?sslmode=require", 1),
        ("postgresql://o:a@b@db.example.com/clinic", 1),  # an @ in what stands before the last
        ("postgresql://db.example.com:5433/clinic", 2),
        ("postgresql://db.example.com/claims", 2),
        ("postgresql://db2.example.com/clinic", 2),
        ("mysql://db.example.com:5432/clinic", 2),
        ("postgresql://[::1]:5432/clinic", 2),
        ("sqlite:////srv/clinic.db", 2),
        ("sqlite://", None),
        ("mssql+pyodbc:///?odbc_connect=DRIVER", None),
        ("[secret removed]", None),
    ],
)
def test_a_connection_to_the_same_database_is_known_by_its_uri(superset: Superset, uri: str, place: int | None) -> None:
    superset.sql("UPDATE dbs SET sqlalchemy_uri = 'postgresql+psycopg2://reader:XXXXXXXXXX@db.example.com/clinic'")
    connect(superset, 2, "research", uri)
    rows = superset.build("connections").rows("SELECT database_id, database_name, place_id FROM connections")
    assert rows == [(1, "production", 1), (2, "research", place)]


@pytest.mark.parametrize("uri", ["sqlite:////SRV/clinic.db", "sqlite:////srv/clinic.db?check_same_thread=false"])
def test_two_files_of_sqlite_are_the_same_only_by_the_same_path(superset: Superset, uri: str) -> None:
    superset.sql("UPDATE dbs SET sqlalchemy_uri = 'sqlite:////srv/clinic.db'")
    connect(superset, 2, "research", uri)
    places = superset.build("connections").column("SELECT place_id FROM connections")
    assert places == ([1, 1] if "srv" in uri else [1, 2])


def test_what_goes_through_another_connection_to_the_same_database_counts(superset: Superset) -> None:
    connect(superset, 2, "research", "sqlite:////srv/fictional/production.db")
    connect(superset, 3, "archive", "sqlite:////srv/fictional/archive.db")
    connect(superset, 4, "lake", "sqlite://")
    for number, database in enumerate((1, 2, 3), start=1):
        ran(superset, number, "main", "SELECT * FROM patients")
        superset.sql(f"UPDATE query SET database_id = {database} WHERE id = {number}")
    superset.sql(
        "INSERT INTO tables (id, table_name, schema, database_id, created_on, changed_on)"
        " VALUES (9, 'PATIENTS', 'main', 2, '2026-01-01', '2026-01-01')"
    )
    way = " by connection research, to the same database as production"
    built = scoped(superset, tables=("production.main.patients",))
    assert built.rows("SELECT source_ref, via FROM touches") == [
        (
            "query:1",
            "dataset main.PATIENTS by connection production, to the same database as research; dataset main.patients;"
            " table production.main.patients",
        ),
        (
            "query:2",
            f"dataset main.PATIENTS; dataset main.patients{way}; table production.main.patients{way}",
        ),
    ]
    assert built.rows("SELECT object_id, via FROM scope_objects WHERE object_type = 'dataset'") == [
        ("1", "on table production.main.patients"),
        ("9", f"on table production.main.patients{way}"),
    ]
    assert built.population.notes[-2:] == (
        "scope.phi: By backend, host and database in their URIs these connections lead to the same database, and what"
        " goes through any of them counts: production, research.",
        "Whether these connections lead to the same database as another cannot be told, for their URIs name no host:"
        " lake.",
    )


def test_a_table_is_at_home_in_every_connection_to_its_database(superset: Superset) -> None:
    connect(superset, 2, "research", "sqlite:////srv/fictional/production.db")
    rows = scoped(superset, tables=("main.patients",)).rows(
        "SELECT DISTINCT database_name, schema_name, table_name, same_as FROM scope_tables ORDER BY 1"
    )
    assert rows == [("production", "main", "patients", None), ("research", "main", "patients", "production")]


def test_a_declared_database_brings_the_other_connections_to_it(superset: Superset) -> None:
    connect(superset, 2, "research", "sqlite:////srv/fictional/production.db")
    ran(superset, 1, "main", "SELECT 1")
    superset.sql("UPDATE query SET database_id = 2")
    built = scoped(superset, databases=("production",))
    assert built.rows("SELECT object_id, via FROM scope_objects WHERE object_type = 'database'") == [
        ("1", "declared"),
        ("2", "same database as production"),
    ]
    assert built.rows("SELECT source_ref, via FROM touches") == [("query:1", "database research")]


def test_a_statement_on_a_table_of_the_same_name_in_another_schema_is_not_one_on_the_dataset(
    superset: Superset,
) -> None:
    ran(superset, 1, "main", "SELECT * FROM other.patients")
    ran(superset, 2, "other", "SELECT * FROM MAIN.PATIENTS")
    ran(superset, 3, "other", "SELECT * FROM patients")
    ran(superset, 4, None, "SELECT * FROM patients")
    touches = scoped(superset, datasets=("main.patients",)).rows("SELECT source_ref, via FROM touches")
    assert touches == [
        ("query:2", "dataset main.patients"),
        ("query:4", "dataset main.patients (possibly: whether the schema is the same is not known)"),
    ]


def test_a_statement_that_names_the_schema_once_leaves_no_doubt(superset: Superset) -> None:
    superset.sql("UPDATE tables SET catalog = 'clinic' WHERE id = 1")
    ran(superset, 1, None, "SELECT * FROM patients JOIN main.patients AS again USING (id)")
    touches = scoped(superset, datasets=("main.patients",)).rows("SELECT source_ref, via FROM touches")
    assert touches == [("query:1", "dataset main.patients")]


def test_a_dataset_whose_schema_is_not_known_is_possibly_meant(superset: Superset) -> None:
    superset.sql("UPDATE tables SET schema = NULL WHERE id = 1")
    ran(superset, 1, "main", "SELECT * FROM patients")
    touches = scoped(superset, datasets=("patients",)).rows("SELECT source_ref, via FROM touches")
    assert touches == [("query:1", "dataset patients (possibly: whether the schema is the same is not known)")]


def test_catalogs_are_told_apart_where_both_are_known(superset: Superset) -> None:
    superset.sql("UPDATE tables SET catalog = 'clinic' WHERE id = 1")
    ran(superset, 1, "main", "SELECT * FROM archive.main.patients")
    ran(superset, 2, "main", "SELECT * FROM CLINIC.main.patients")
    ran(superset, 3, "main", "SELECT * FROM patients")
    ran(superset, 4, "main", "SELECT * FROM patients")
    superset.sql("UPDATE query SET catalog = 'archive' WHERE id = 4")
    touches = scoped(superset, datasets=("main.patients",)).rows("SELECT source_ref, via FROM touches")
    assert touches == [("query:2", "dataset main.patients"), ("query:3", "dataset main.patients")]


@pytest.mark.parametrize("view", ["[production].[clinic]", "[production].[warehouse].[clinic]"])
def test_a_schema_without_datasets_is_known_by_its_permission(superset: Superset, view: str) -> None:
    superset.sql(
        f"INSERT INTO ab_view_menu (id, name) VALUES (901, '{view}'), (902, '[production].[billing]')",
        "INSERT INTO ab_permission_view (id, permission_id, view_menu_id)"
        " SELECT 901, id, 901 FROM ab_permission WHERE name = 'schema_access'",
        "INSERT INTO ab_permission_view (id, permission_id, view_menu_id)"
        " SELECT 902, id, 902 FROM ab_permission WHERE name = 'catalog_access'",
    )
    assert refused(superset, schemas=("production.clinic", "billing")) == [
        "scope.phi.schemas: 'billing' matches nothing in this source; mend or remove it"
    ]


def refused(superset: Superset, **entries: Any) -> list[str]:
    try:
        scoped(superset, **entries)
    except SettingsError as error:
        return [problem.split(": ", 1)[1] for problem in error.diagnostics()]
    return []


@pytest.mark.parametrize(
    ("pattern", "dashboards"),
    [
        ("orders*", {"2", "4"}),
        ("*COPY", {"4"}),
        ("*e*r*v3", {"2"}),
        ("*", {"1", "2", "4"}),
        ("Patient?Census*", set()),
        ("Patient_Census*", set()),
        ("rders*", set()),
    ],
)
def test_a_title_with_a_star_is_matched_whole_and_letter_case_aside(
    superset: Superset, pattern: str, dashboards: set[str]
) -> None:
    if dashboards:
        declared = "SELECT object_id FROM scope_objects WHERE object_type = 'dashboard' AND via = 'declared'"
        assert set(scoped(superset, dashboards=(pattern,)).column(declared)) == dashboards
    else:
        assert refused(superset, dashboards=(pattern,)) == [
            f"scope.phi.dashboards: '{pattern}' matches nothing in this source; mend or remove it"
        ]


def test_a_dashboard_that_is_gone_is_declared_by_the_id_that_acts_on_it_still_name(superset: Superset) -> None:
    payload = {"path": "/api/v1/dashboard/3", "url_rule": "/api/v1/dashboard/<pk>", "pk": "3"}
    row = superset.log("DashboardRestApi.delete", "2026-08-01 10:00:00", payload)
    built = scoped(superset, dashboards=("3",))
    assert found(built) == {("dashboard", "3")}
    assert built.rows("SELECT source_ref FROM touches ORDER BY source_ref") == [(f"logs:{row}",)]
    assert built.population.notes[-1] == (
        "scope.phi: dashboard 3 is no longer there; acts on it are found by its id, what it held is not."
    )


@pytest.mark.parametrize("number", ["0", "5"])
def test_an_id_that_no_dashboard_can_have_had_is_refused(superset: Superset, number: str) -> None:
    said = f"scope.phi.dashboards: '{number}' matches nothing in this source; mend or remove it"
    assert refused(superset, dashboards=(number,)) == [said]


def test_a_tag_brings_the_dashboards_that_have_it_and_nothing_else_that_has(superset: Superset) -> None:
    superset.sql(TAGGED.format(1, "dashboard"), TAGGED.replace("90", "91").format(2, "chart"))
    assert found(scoped(superset, dashboards=("tag:PII",))) == {("dashboard", "1"), ("chart", "1")}


def test_a_tag_that_no_dashboard_has_and_a_schema_that_nothing_knows_are_refused(superset: Superset) -> None:
    superset.sql(TAGGED.format(2, "chart"))
    assert refused(superset, schemas=("clinic", "research.main"), dashboards=("tag:pii",)) == [
        "scope.phi.schemas: 'clinic' matches nothing in this source; mend or remove it",
        "scope.phi.schemas: 'research.main' matches nothing in this source; mend or remove it",
        "scope.phi.dashboards: 'tag:pii' matches nothing in this source; mend or remove it",
    ]


def test_an_entry_is_looked_for_in_its_own_list_only(superset: Superset) -> None:
    assert refused(superset, databases=("main",), schemas=("main",)) == [
        "scope.phi.databases: 'main' matches nothing in this source; mend or remove it"
    ]


def test_a_dataset_whose_sql_is_not_understood_is_named_and_not_counted(superset: Superset) -> None:
    superset.sql("UPDATE tables SET sql = 'SELEC * FROM {{ which }} patients' WHERE id = 3")
    built = scoped(superset, tables=("main.patients", "main.visits"))
    assert found(built) == {("table", "main.patients"), ("table", "main.visits"), *PATIENTS}
    unread = (
        "The SQL of these datasets could not be parsed, so whether they read what scope.phi declares cannot be told"
    )
    assert built.population.notes[-2:] == (
        "scope.phi: no dataset is built on table 'main.visits', and no statement that was read names it: unused, or"
        " misspelt.",
        f"{unread}: inventory.",
    )


def test_where_there_is_nothing_of_a_kind_the_assertion_is_kept_and_nothing_is_held(superset: Superset) -> None:
    scope = Scope("chd", none=True, stated_by="J. Moreau", stated_on=date(2026, 10, 5), reason="No cards here.")
    settings = replace(SETTINGS, scopes=(scope,))
    population = superset.build(settings=settings, requires=("scope_{scope}",)).population
    sentence = (
        "Management asserts that there is nothing of the scope chd here, and auditctl cannot check it:"
        ' "No cards here." Stated by J. Moreau on 2026-10-05.'
    )
    stated = {"scope_chd": Assertion(sentence, date(2026, 10, 5))}
    assert population.not_applicable == stated
    assert (population.capabilities["scope_chd"].held, population.capabilities["scope_chd"].reason) == ((), sentence)
    assert type(population).load(population.dir).not_applicable == stated


def test_a_rule_names_whom_it_binds_on_each_of_its_datasets(superset: Superset) -> None:
    superset.sql(
        "UPDATE row_level_security_filters SET name = 'small'",
        "INSERT INTO row_level_security_filters (id, name, filter_type, clause) VALUES (2, 'own', 'Base', '1 = 1')",
        "INSERT INTO row_level_security_filters (id, name, filter_type, clause) VALUES (3, 'all', 'Base', '1 = 1')",
        "INSERT INTO rls_filter_tables (id, table_id, rls_filter_id) VALUES (1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 3, 3)",
        "INSERT INTO rls_filter_roles (id, role_id, rls_filter_id) VALUES (1, 4, 2), (2, 1, 2)",
    )
    rows = superset.build("dataset_rules").rows("SELECT dataset_id, rule FROM dataset_rules ORDER BY ALL")
    assert rows == [
        ("1", "own (for all but Admin, Gamma)"),
        ("1", "small (for nobody)"),
        ("2", "small (for nobody)"),
        ("3", "all (for all)"),
    ]


def test_owners_of_all_three_kinds_are_told(superset: Superset) -> None:
    superset.sql("UPDATE sqlatable_user SET user_id = 5 WHERE id = 3")
    rows = superset.build("owners").rows("SELECT object_type, object_id, username, active FROM owners")
    assert [row for row in rows if row[0] == "dataset"] == [
        ("dataset", "1", "admin", True),
        ("dataset", "2", "admin", True),
        ("dataset", "3", "dave", False),
    ]
    assert {row[0] for row in rows} == {"dashboard", "chart", "dataset"}
