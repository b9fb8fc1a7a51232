-- Alerts and reports at the read point, with who gets them.
WITH recipients AS (
    SELECT
        report_schedule_id,
        string_agg(
            type || ' ' || coalesce(CASE WHEN json_valid(recipient_config_json) THEN recipient_config_json ->> '$.target' END, ''),
            ', ' ORDER BY id
        ) AS recipients
    FROM raw.report_recipient
    GROUP BY report_schedule_id
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
LEFT JOIN recipients AS r ON r.report_schedule_id = s.id
LEFT JOIN raw.ab_user AS a ON a.id = s.created_by_fk
LEFT JOIN raw.ab_user AS e ON e.id = s.changed_by_fk
ORDER BY s.id
