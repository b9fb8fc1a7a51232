-- Who owns which dashboard, chart or dataset at the read point.
WITH owned AS (
    SELECT 'dashboard_user:' || id AS source_ref, 'dashboard' AS object_type, dashboard_id AS object_id, user_id
    FROM raw.dashboard_user
    UNION ALL
    SELECT 'slice_user:' || id, 'chart', slice_id, user_id FROM raw.slice_user
    UNION ALL
    SELECT 'sqlatable_user:' || id, 'dataset', table_id, user_id FROM raw.sqlatable_user
)
SELECT
    o.source_ref, o.object_type, CAST(o.object_id AS VARCHAR) AS object_id, u.id AS user_id, u.username, u.active
FROM owned AS o
INNER JOIN raw.ab_user AS u ON u.id = o.user_id
ORDER BY o.source_ref
