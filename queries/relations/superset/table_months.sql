-- The UTC months that have rows: of the log by its summary, of the others as the source was asked.
SELECT
    'logs' AS table_name, CAST(date_trunc('month', first_at) AS DATE) AS month, CAST(sum(rows) AS BIGINT) AS rows,
    min(first_at) AS first_at, max(last_at) AS last_at
FROM log_summary
WHERE utc_day IS NOT NULL
GROUP BY date_trunc('month', first_at)
UNION ALL
SELECT table_name, CAST(date_trunc('month', first_at) AS DATE) AS month, rows, first_at, last_at
FROM raw.table_months
ORDER BY table_name, month
