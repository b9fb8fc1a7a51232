"""What the roles of the demo may do: the telling part of what `superset init` grants in 6.1, and data access."""

from __future__ import annotations

from auditctl.demo.objects import DATASETS

_EVERYBODY = ("Admin", "Alpha", "Gamma")
_EDITORS = ("Admin", "Alpha")
_SQL_LAB = ("Admin", "sql_lab")
_ADMIN = ("Admin",)

_GRANTS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    # roles, view menu, permissions
    (_EVERYBODY, "Chart", ("can_read", "can_write", "can_export", "can_tag")),
    (
        _EVERYBODY,
        "Dashboard",
        (
            "can_read",
            "can_write",
            "can_export",
            "can_drill",
            "can_view_query",
            "can_view_chart_as_table",
            "can_get_embedded",
            "can_delete_embedded",
        ),
    ),
    (_EVERYBODY, "Dataset", ("can_read", "can_get_drill_info")),
    (_EVERYBODY, "Explore", ("can_read",)),
    (_EVERYBODY, "CurrentUserRestApi", ("can_read", "can_write")),
    (
        _EVERYBODY,
        "Superset",
        (
            "can_dashboard",
            "can_explore",
            "can_explore_json",
            "can_slice",
            "can_log",
            "can_share_dashboard",
            "can_share_chart",
            "can_file_handler",
        ),
    ),
    (_EVERYBODY, "Api", ("can_query", "can_query_form_data", "can_time_range")),
    (_EVERYBODY, "Log", ("can_recent_activity",)),
    (_EVERYBODY, "SQLLab", ("can_export_streaming_csv",)),
    (_EVERYBODY, "Action Log", ("menu_access",)),
    (_EVERYBODY, "Dashboards", ("menu_access",)),
    (_EVERYBODY, "Charts", ("menu_access",)),
    ((*_EVERYBODY, "sql_lab"), "Superset", ("can_csv",)),
    ((*_EVERYBODY, "sql_lab"), "Database", ("can_read",)),
    (_EDITORS, "Dataset", ("can_write", "can_export", "can_duplicate", "can_get_or_create_dataset")),
    (_EDITORS, "Database", ("can_upload",)),
    (_EDITORS, "Datasource", ("can_save", "can_samples", "can_get_column_values")),
    (_EDITORS, "ReportSchedule", ("can_read", "can_write")),
    (_EDITORS, "ImportExportRestApi", ("can_export", "can_import_")),
    (_EDITORS, "all_datasource_access", ("all_datasource_access",)),
    (_EDITORS, "all_database_access", ("all_database_access",)),
    (
        _SQL_LAB,
        "SQLLab",
        (
            "can_execute_sql_query",
            "can_read",
            "can_format_sql",
            "can_estimate_query_cost",
            "can_export_csv",
            "can_get_results",
        ),
    ),
    (_SQL_LAB, "SavedQuery", ("can_read", "can_write", "can_export")),
    (_SQL_LAB, "Query", ("can_read",)),
    (_SQL_LAB, "Superset", ("can_sqllab", "can_sqllab_history")),
    (_SQL_LAB, "SQL Lab", ("menu_access",)),
    (_ADMIN, "all_query_access", ("all_query_access",)),
    (_ADMIN, "Database", ("can_write", "can_export")),
    (_ADMIN, "Dashboard", ("can_set_embedded",)),
    (_ADMIN, "Log", ("can_read", "can_write")),
    (_ADMIN, "Row Level Security", ("can_read", "can_write", "menu_access")),
    (_ADMIN, "SecurityRestApi", ("can_grant_guest_token",)),
    (_ADMIN, "User", ("can_get", "can_post", "can_put", "can_delete")),
    (
        _ADMIN,
        "Role",
        ("can_get", "can_post", "can_put", "can_delete", "can_add_role_permissions", "can_update_role_users"),
    ),
    (_ADMIN, "Group", ("can_get", "can_post", "can_put", "can_delete")),
    (_ADMIN, "ResetPasswordView", ("can_this_form_get", "can_this_form_post")),
    (_ADMIN, "List Users", ("menu_access",)),
    (_ADMIN, "List Roles", ("menu_access",)),
)
_FINANCE = ("revenue", "budgets")


def grants() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (permission, view menu, roles that have it), each pair once.

    Patients' data are Clinician's, finance is nobody's but who sees everything, the rest is Gamma's.
    """
    found = [(permission, view, roles) for roles, view, permissions in _GRANTS for permission in permissions]
    for database, number, schema in (("production", 1, "main"), ("warehouse", 2, "mart"), ("claims-archive", 3, None)):
        found.append(("database_access", f"[{database}].(id:{number})", ()))
        if schema:
            found.append(("schema_access", f"[{database}].[{schema}]", ()))
    for dataset in DATASETS:
        role = () if dataset.name in _FINANCE else ("Clinician",) if dataset.phi else ("Gamma",)
        found.append(("datasource_access", dataset.permission, role))
    return found
