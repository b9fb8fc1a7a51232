-- How far the surviving rows of each table reach, and how many are in no month.
WITH counted AS (
    SELECT 'logs' AS table_name, CAST(coalesce(sum(rows), 0) AS BIGINT) AS rows
    FROM log_summary
    UNION ALL
    SELECT table_name, rows
    FROM raw.table_spans
)
SELECT
    c.table_name,
    c.rows,
    CAST(c.rows - coalesce(sum(m.rows), 0) AS BIGINT) AS undated,
    min(m.first_at) AS first_at,
    max(m.last_at) AS last_at
FROM counted AS c
LEFT JOIN table_months AS m ON m.table_name = c.table_name
GROUP BY c.table_name, c.rows
ORDER BY c.table_name
