-- What log rows are compared with: objects and accounts as they are at the read point. Flask-AppBuilder and Superset
-- store these times in the server's own zone, so that without a declared zone nothing is compared.
WITH stored AS (
    SELECT 'dashboard' AS object_type, id, dashboard_title AS name, slug, created_on, created_by_fk, changed_on,
        changed_by_fk, CAST(NULL AS BIGINT) AS dataset_id, CAST(NULL AS BIGINT) AS database_id
    FROM raw.dashboards
    UNION ALL
    SELECT 'chart', id, slice_name, NULL, created_on, created_by_fk, changed_on, changed_by_fk,
        CASE WHEN datasource_type = 'table' THEN datasource_id END, NULL
    FROM raw.slices
    UNION ALL
    SELECT 'dataset', id, concat_ws('.', schema, table_name), NULL, created_on, created_by_fk, changed_on, changed_by_fk,
        NULL, database_id
    FROM raw.tables
    UNION ALL
    SELECT 'database', id, database_name, NULL, created_on, created_by_fk, changed_on, changed_by_fk, NULL, NULL
    FROM raw.dbs
    UNION ALL
    SELECT 'rls_rule', id, name, NULL, created_on, created_by_fk, changed_on, changed_by_fk, NULL, NULL
    FROM raw.row_level_security_filters
    UNION ALL
    SELECT 'schedule', id, name, NULL, created_on, created_by_fk, changed_on, changed_by_fk, NULL, NULL
    FROM raw.report_schedule
    UNION ALL
    SELECT 'saved_query', id, label, NULL, created_on, created_by_fk, changed_on, changed_by_fk, NULL, db_id
    FROM raw.saved_query
    UNION ALL
    SELECT 'account', id, username, NULL, created_on, created_by_fk, changed_on, changed_by_fk, NULL, NULL
    FROM raw.ab_user
)
SELECT
    s.object_type,
    CAST(s.id AS VARCHAR) AS object_id,
    s.name,
    s.slug,
    to_utc(s.created_on, c.server_zone) AS created_at,
    s.created_by_fk AS created_by,
    to_utc(s.changed_on, c.server_zone) AS changed_at,
    s.changed_by_fk AS changed_by,
    s.created_on AS created_local,
    s.changed_on AS changed_local,
    s.dataset_id,
    s.database_id
FROM stored AS s
CROSS JOIN run_context AS c
ORDER BY s.object_type, s.id
