-- One row per act, with what its rows say together.
SELECT
    m.act_id,
    min(m.id) AS first_id,
    count(*) AS rows,
    CASE
        WHEN min(m.id) = m.act_id THEN 'logs:' || m.act_id
        ELSE 'logs:' || min(m.id) || '-' || m.act_id
    END AS source_ref,
    bool_or(l.action = 'ChartDataRestApi.json_dumps') AS has_json_dumps,
    bool_or(l.action = '_get_data_response') AS has_response,
    max(CASE WHEN l.action LIKE 'db_creation_failed%' OR l.action LIKE 'db_connection_failed%' THEN l.action END) AS failed_by,
    bool_and(m.alone) AS alone,
    max(CASE WHEN l.recorder AND m.id <> m.act_id THEN m.id END) AS told_id
FROM act_members AS m
INNER JOIN log_rows AS l ON l.id = m.id
GROUP BY m.act_id
ORDER BY m.act_id
