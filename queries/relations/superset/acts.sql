-- One row per act, with what its rows say together; first the acts of one row, most of all, then those of several.
WITH folded AS (
    SELECT id, act_id, alone
    FROM act_members
    WHERE act_id IN (SELECT act_id FROM act_members WHERE id <> act_id OR alone)
),
counted AS (
    SELECT
        m.act_id,
        min(m.id) AS first_id,
        count(*) AS rows,
        bool_or(l.action = 'ChartDataRestApi.json_dumps') AS has_json_dumps,
        bool_or(l.action = '_get_data_response') AS has_response,
        max(CASE WHEN l.action LIKE 'db_creation_failed%' OR l.action LIKE 'db_connection_failed%' THEN l.action END) AS failed_by,
        bool_and(m.alone) AS alone,
        max(CASE WHEN l.recorder AND m.id <> m.act_id THEN m.id END) AS told_id
    FROM log_rows AS l
    INNER JOIN folded AS m ON m.id = l.id
    GROUP BY m.act_id
    ORDER BY m.act_id
)
SELECT
    id AS act_id,
    id AS first_id,
    1 AS rows,
    log_ref(id) AS source_ref,
    action = 'ChartDataRestApi.json_dumps' AS has_json_dumps,
    action = '_get_data_response' AS has_response,
    CASE WHEN action LIKE 'db_creation_failed%' OR action LIKE 'db_connection_failed%' THEN action END AS failed_by,
    FALSE AS alone,
    NULL AS told_id
FROM log_rows
WHERE id NOT IN (SELECT id FROM folded)
UNION ALL
SELECT
    act_id, first_id, rows,
    act_ref(first_id, act_id),
    has_json_dumps, has_response, failed_by, alone, told_id
FROM counted
