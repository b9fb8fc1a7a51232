-- SQL Lab statements, or those that a custom logger wrote into the log, which then is their source. Times are
-- milliseconds in UTC, whatever the model's comment says; `limit` is not what ran, and executed_sql keeps only the last
-- statement of several, so that `sql` is what is shown.
WITH run AS (
    SELECT
        'query:' || id AS source_ref, id, start_time, end_time, user_id, CAST(NULL AS VARCHAR) AS username, database_id,
        CAST(NULL AS VARCHAR) AS database_name, catalog, schema, status, CAST(NULL AS VARCHAR) AS stated_outcome, sql, select_as_cta,
        rows, date_diff('millisecond', start_time, end_time) AS duration_ms, error_message
    FROM raw.query
    UNION ALL
    SELECT
        'logs:' || id, id, dttm, NULL, user_id, username, database_id, database_name, NULL, schema,
        coalesce(event_outcome, 'has_error: ' || has_error), coalesce(told_outcome(event_outcome, has_error), 'unknown'),
        sql_text, FALSE, rows, CAST(round(coalesce(execution_time_ms, duration_ms, request_duration)) AS BIGINT), error_text
    FROM raw.logged_statements
)
SELECT
    q.source_ref,
    q.start_time AS occurred_at,
    q.end_time AS ended_at,
    CAST(to_zone(q.start_time, c.zone) AS DATE) AS local_date,
    hour(to_zone(q.start_time, c.zone)) AS local_hour,
    isodow(to_zone(q.start_time, c.zone)) AS local_weekday,
    q.user_id,
    coalesce(q.username, u.username, 'account ' || q.user_id || ' (gone)', 'unattributed') AS username,
    q.database_id,
    coalesce(q.database_name, d.database_name, 'database ' || q.database_id || ' (gone)') AS database_name,
    q.catalog,
    q.schema AS schema_name,
    q.status,
    CASE
        WHEN q.stated_outcome IS NOT NULL THEN q.stated_outcome
        WHEN q.status = 'success' THEN 'succeeded'
        WHEN q.status IN ('failed', 'timed_out', 'stopped') THEN 'failed'
        WHEN q.status IN ('pending', 'running', 'scheduled', 'fetching') AND q.start_time < c.read_at - INTERVAL 6 HOUR THEN 'unknown'
        WHEN q.status IN ('pending', 'running', 'scheduled', 'fetching') THEN 'attempted'
        ELSE 'unknown'
    END AS event_outcome,
    CASE
        WHEN q.stated_outcome = 'unknown' THEN 'the row does not say whether it failed'
        WHEN q.stated_outcome IS NOT NULL THEN 'the custom logger''s row says so'
        WHEN q.status IN ('success', 'failed') THEN 'status of the statement'
        WHEN q.status = 'timed_out' THEN 'aborted: it ran out of time'
        WHEN q.status = 'stopped' THEN 'aborted: somebody stopped it'
        WHEN q.status IN ('pending', 'running', 'scheduled', 'fetching') AND q.start_time < c.read_at - INTERVAL 6 HOUR
            THEN 'it never ended: in 6.1 a text that does not parse stays pending for ever'
        WHEN q.status IN ('pending', 'running', 'scheduled', 'fetching') THEN 'it may still run'
        ELSE 'the status is not known'
    END AS outcome_basis,
    -- CREATE TABLE AS, asked for by a button: the text alone is a SELECT.
    CASE WHEN q.select_as_cta THEN 'CREATE' ELSE f.statement_kind END AS statement_kind,
    coalesce(f.shown, 'not shown: ' || f.reason || ' <sql:' || left(f.sql_sha256, 10) || '>') AS sql_text,
    f.reason AS unread_reason,
    f.sql_sha256,
    q.rows AS rows_returned,
    q.duration_ms,
    one_line(e.shown) AS error
FROM run AS q
CROSS JOIN run_context AS c
LEFT JOIN raw.ab_user AS u ON u.id = q.user_id
LEFT JOIN raw.dbs AS d ON d.id = q.database_id
LEFT JOIN raw.sql_digests AS k ON k.plain_sha256 = sha256(q.sql)
LEFT JOIN sql_facts AS f ON f.sql_sha256 = k.sql_sha256
LEFT JOIN raw.shown_texts AS e ON e.plain_sha256 = sha256(q.error_message)
WHERE q.start_time >= c.extracted_since AND q.start_time < c.until
ORDER BY q.start_time, q.id
