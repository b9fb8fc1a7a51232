"""Fills databases, datasets, charts, dashboards, saved queries and the row-level security rule."""

from __future__ import annotations

import json
import sqlite3
from random import Random

from auditctl.demo import administration
from auditctl.demo.changes import chart_params
from auditctl.demo.objects import ARCHIVE, BOARD, CHARTS, DATASETS, PORTAL, PRODUCTION, WAREHOUSE
from auditctl.demo.people import ROLES
from auditctl.demo.tables import founded, insert, links, times
from auditctl.demo.timeline import stamp
from auditctl.demo.world import Version, World

REVISION = "4b2a8c9d3e1f"
MASKED = "XXXXXXXXXX"  # what Superset itself stores instead of a password


def fill_content(database: sqlite3.Connection, world: World, rng: Random, token: bytes) -> None:
    """Fill databases, datasets, charts and dashboards as the history left them; `token` names the embedded one."""
    made = world.made["database"]
    sources = (
        (PRODUCTION, "production", "production.example.com:5432/clinic", founded(1)),
        (WAREHOUSE, "warehouse", "warehouse.example.com:5432/warehouse", founded(1)),
        (ARCHIVE, administration.ARCHIVE_NAME, "claims.example.com:5432/claims", times(Version(made, 1, made, 1))),
    )
    insert(
        database,
        "dbs",
        (
            {
                "id": number,
                "database_name": name,
                "sqlalchemy_uri": f"postgresql+psycopg2://reader:{MASKED}@{place}",
                "password": b"x",
                "extra": json.dumps({"allows_virtual_table_explore": True}),
                "select_as_create_table_as": 0,
                "allow_ctas": 1,
                "expose_in_sqllab": 1,
                "allow_run_async": 0,
                "allow_dml": 0,
                "impersonate_user": 0,
                "allow_file_upload": 0,
                "allow_cvas": 0,
                "uuid": rng.randbytes(16),
                **stamps,
            }
            for number, name, place, stamps in sources
        ),
    )
    _fill_datasets(database, rng)
    _fill_charts(database, world, rng)
    boards = [board for number, board in BOARD.items() if number in world.boards]
    owner = world.owners
    insert(
        database,
        "dashboards",
        (
            {
                "id": board.id,
                "dashboard_title": board.title,
                "slug": board.slug,
                "published": 1,
                "uuid": rng.randbytes(16),
                **times(world.boards[board.id]),
            }
            for board in boards
        ),
    )
    placed = ((board.id, chart.id) for board in boards for chart in board.charts)
    insert(database, "dashboard_slices", links("dashboard_id", "slice_id", placed))
    insert(database, "dashboard_user", links("user_id", "dashboard_id", ((owner[b.owner], b.id) for b in boards)))
    insert(
        database,
        "embedded_dashboards",
        [{"uuid": token, "dashboard_id": PORTAL, "allow_domain_list": "portal.example.com", **founded(1)}],
    )


def _fill_datasets(database: sqlite3.Connection, rng: Random) -> None:
    insert(
        database,
        "tables",
        (
            {
                "id": dataset.id,
                "table_name": dataset.name,
                "main_dttm_col": _time_column(dataset.columns),
                "database_id": dataset.database_id,
                "offset": 0,
                "is_featured": 0,
                "schema": dataset.schema,
                "perm": dataset.permission,
                "filter_select_enabled": 1,
                "is_sqllab_view": 0,
                "schema_perm": f"[{dataset.database}].[{dataset.schema}]",
                "uuid": rng.randbytes(16),
                "description": "Patient data" if dataset.phi else None,
                **founded(1),
            }
            for dataset in DATASETS
        ),
    )
    insert(database, "sqlatable_user", links("user_id", "table_id", ((1, dataset.id) for dataset in DATASETS)))
    insert(
        database,
        "table_columns",
        (
            {
                "table_id": dataset.id,
                "column_name": name,
                "is_dttm": int(kind == "DATE"),
                "is_active": 1,
                "type": kind,
                "groupby": 1,
                "filterable": 1,
                "expression": "",
                "uuid": rng.randbytes(16),
                **founded(1),
            }
            for dataset in DATASETS
            for name, kind in dataset.columns
        ),
    )
    insert(
        database,
        "sql_metrics",
        (
            {
                "metric_name": "count",
                "verbose_name": "COUNT(*)",
                "metric_type": "count",
                "table_id": dataset.id,
                "expression": "COUNT(*)",
                "uuid": rng.randbytes(16),
                "currency": "null",
                **founded(1),
            }
            for dataset in DATASETS
        ),
    )


def _time_column(columns: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for name, kind in columns if kind == "DATE"), None)


def _fill_charts(database: sqlite3.Connection, world: World, rng: Random) -> None:
    saved = [(c.id, c.name, c.viz, c.dataset, world.owners[c.owner], world.charts[c.id]) for c in CHARTS]
    saved += [(d.id, d.name, "table", d.dataset, world.owners[d.owner], d.version) for d in world.drafts]
    insert(
        database,
        "slices",
        (
            {
                "id": number,
                "slice_name": name,
                "datasource_type": "table",
                "datasource_name": f"{dataset.schema}.{dataset.name}",
                "viz_type": viz,
                "params": json.dumps(chart_params(dataset) | {"viz_type": viz}),
                "perm": dataset.permission,
                "datasource_id": dataset.id,
                "schema_perm": f"[{dataset.database}].[{dataset.schema}]",
                "uuid": rng.randbytes(16),
                "last_saved_at": stamp(version.changed_at),
                "last_saved_by_fk": version.changed_by,
                **times(version),
            }
            for number, name, viz, dataset, _, version in saved
        ),
    )
    insert(
        database, "slice_user", links("user_id", "slice_id", ((owner, number) for number, _, _, _, owner, _ in saved))
    )


def fill_saved_query(database: sqlite3.Connection, world: World, rng: Random) -> None:
    """Fill `saved_query` and one row-level security rule."""
    owner, made = world.owners["dkaya"], world.made["saved_query"]
    label, sql = administration.SAVED_QUERY
    insert(
        database,
        "saved_query",
        [
            {
                "id": 1,
                "user_id": owner,
                "db_id": PRODUCTION,
                "label": "Discharges",
                "schema": "main",
                "sql": "SELECT ward, count(*) FROM patient_visits GROUP BY ward",
                "extra_json": "{}",
                "uuid": rng.randbytes(16),
                **founded(owner),
            },
            {
                "id": 2,
                "user_id": owner,
                "db_id": WAREHOUSE,
                "label": label,
                "schema": "mart",
                "sql": sql,
                "extra_json": "{}",
                "uuid": rng.randbytes(16),
                **times(Version(made, owner, made, owner)),
            },
        ],
    )
    insert(
        database,
        "row_level_security_filters",
        [
            {
                "id": 1,
                "clause": "country = 'DE'",
                "filter_type": "Regular",
                "group_key": "",
                "name": "Own country only",
                "description": None,
                **founded(1),
            },
        ],
    )
    suppliers = next(dataset.id for dataset in DATASETS if dataset.name == "suppliers")
    insert(database, "rls_filter_tables", [{"id": 1, "table_id": suppliers, "rls_filter_id": 1}])
    insert(database, "rls_filter_roles", [{"id": 1, "role_id": ROLES.index("Gamma") + 1, "rls_filter_id": 1}])
    insert(database, "alembic_version", [{"version_num": REVISION}])
