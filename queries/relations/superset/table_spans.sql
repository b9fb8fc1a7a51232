-- How far the surviving rows of each table reach: of the log by its summary, of the others as the source was asked.
SELECT
    'logs' AS table_name, CAST(coalesce(sum(rows), 0) AS BIGINT) AS rows, min(first_at) AS first_at, max(last_at) AS last_at
FROM log_summary
UNION ALL
SELECT table_name, rows, first_at, last_at
FROM raw.table_spans
ORDER BY table_name
