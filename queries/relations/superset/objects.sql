-- Objects at the read point with owners and last editor (all that Superset keeps of who changed what).
WITH owned AS (
    SELECT 'dashboard' AS object_type, dashboard_id AS id, user_id FROM raw.dashboard_user
    UNION ALL
    SELECT 'chart', slice_id, user_id FROM raw.slice_user
    UNION ALL
    SELECT 'dataset', table_id, user_id FROM raw.sqlatable_user
),
owners AS (
    SELECT o.object_type, CAST(o.id AS VARCHAR) AS object_id, string_agg(u.username, ', ' ORDER BY u.username) AS owners
    FROM owned AS o
    INNER JOIN raw.ab_user AS u ON u.id = o.user_id
    GROUP BY o.object_type, o.id
)
SELECT
    CASE s.object_type
        WHEN 'dashboard' THEN 'dashboards:' WHEN 'chart' THEN 'slices:' WHEN 'dataset' THEN 'tables:'
        WHEN 'database' THEN 'dbs:' WHEN 'rls_rule' THEN 'row_level_security_filters:'
        WHEN 'schedule' THEN 'report_schedule:' ELSE 'saved_query:'
    END || s.object_id AS source_ref,
    s.object_type,
    s.object_id,
    s.name,
    s.slug,
    o.owners,
    a.username AS created_by,
    s.created_at,
    e.username AS changed_by,
    s.changed_at
FROM state AS s
LEFT JOIN owners AS o ON o.object_type = s.object_type AND o.object_id = s.object_id
LEFT JOIN raw.ab_user AS a ON a.id = s.created_by
LEFT JOIN raw.ab_user AS e ON e.id = s.changed_by
WHERE s.object_type <> 'account'
ORDER BY s.object_type, TRY_CAST(s.object_id AS BIGINT)
