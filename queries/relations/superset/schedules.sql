-- Alerts and reports at the read point, with who gets them.
WITH addressed AS (
    SELECT
        schedule_ref,
        string_agg(concat_ws(' ', type, nullif(field, 'to'), address), ', ' ORDER BY type, field DESC, address) AS recipients
    FROM recipients
    GROUP BY schedule_ref
)
SELECT
    'report_schedule:' || s.id AS source_ref,
    s.name,
    s.type,
    s.active,
    s.crontab,
    CASE
        WHEN s.dashboard_id IS NOT NULL THEN 'dashboard:' || s.dashboard_id
        WHEN s.chart_id IS NOT NULL THEN 'chart:' || s.chart_id
        WHEN s.database_id IS NOT NULL THEN 'database:' || s.database_id
    END AS target,
    r.recipients,
    a.username AS created_by,
    e.username AS changed_by,
    s.last_eval_dttm AS last_run_at,
    s.last_state
FROM raw.report_schedule AS s
LEFT JOIN addressed AS r ON r.schedule_ref = 'report_schedule:' || s.id
LEFT JOIN raw.ab_user AS a ON a.id = s.created_by_fk
LEFT JOIN raw.ab_user AS e ON e.id = s.changed_by_fk
ORDER BY s.id
