-- Runs of alerts and reports. Each leaves a row per state that it went through: the last says how it ended.
WITH ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY report_schedule_id, scheduled_dttm, start_dttm ORDER BY id DESC) AS from_the_end
    FROM raw.report_execution_log
)
SELECT
    'report_execution_log:' || r.id AS source_ref,
    r.start_dttm AS occurred_at,
    CASE WHEN r.state <> 'Working' THEN r.end_dttm END AS ended_at,
    'report_schedule:' || r.report_schedule_id AS schedule_ref,
    s.name AS schedule,
    s.type,
    r.state,
    s.recipients
FROM ranked AS r
LEFT JOIN schedules AS s ON s.source_ref = 'report_schedule:' || r.report_schedule_id
WHERE r.from_the_end = 1
ORDER BY r.start_dttm, r.id
