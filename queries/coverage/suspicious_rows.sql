-- /// audit
-- id = "suspicious_rows"
-- version = 5
-- title = "Rows that look altered"
-- purpose = "Rows of the log that do not look as the server writes them: stripped or replaced by the client, at odds with themselves, of objects that nothing else shows, or out of order in time."
-- kind = "indicator"
-- time = "period"
-- reads = ["accounts", "log_rows", "log_summary", "objects"]
-- requires = ["log_rows"]
-- denominator = "log_rows"
-- denominator_noun = "rows of the log"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- seconds = { type = "integer", default = 60, help = "Seconds that a row may be earlier than the row with the id before it." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- action = { label = "Action", type = "text" }
-- path = { label = "Path", type = "text" }
-- finding = { label = "Finding", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- The action and the account are the server's word; the payload and the columns dashboard_id and slice_id take in what
-- the client sends, and ?explode= replaces the payload as a whole.
WITH classes AS (
    SELECT 'DashboardRestApi.' AS class, 'dashboard' AS path_class, 'dashboard' AS object_type
    UNION ALL
    SELECT 'ChartRestApi.' AS class, 'chart' AS path_class, 'chart' AS object_type
    UNION ALL
    SELECT 'ChartDataRestApi.' AS class, 'chart' AS path_class, 'chart' AS object_type
    UNION ALL
    SELECT 'DatasetRestApi.' AS class, 'dataset' AS path_class, 'dataset' AS object_type
    UNION ALL
    SELECT 'DatabaseRestApi.' AS class, 'database' AS path_class, 'database' AS object_type
    UNION ALL
    SELECT 'RLSRestApi.' AS class, 'rowlevelsecurity' AS path_class, 'rls_rule' AS object_type
    UNION ALL
    SELECT 'ReportScheduleRestApi.' AS class, 'report' AS path_class, 'schedule' AS object_type
    UNION ALL
    SELECT 'SavedQueryRestApi.' AS class, 'saved_query' AS path_class, 'saved_query' AS object_type
    UNION ALL
    SELECT 'SqlLabRestApi.' AS class, 'sqllab' AS path_class, CAST(NULL AS VARCHAR) AS object_type
),
-- Ids that can have been given: up to the highest there is, and one more for each creation that the log still holds.
highest AS (
    SELECT object_type, MAX(CAST(object_id AS BIGINT)) AS id
    FROM objects
    GROUP BY object_type
),
creations AS (
    SELECT k.object_type, SUM(s.rows) AS made
    FROM log_summary AS s
    INNER JOIN classes AS k ON s.action LIKE k.class || '%'
    WHERE s.action LIKE '%.post' OR s.action LIKE '%.copy_dash' OR s.action LIKE '%.import%'
    GROUP BY k.object_type
),
-- Few rows are earlier than the one before them: only their id and time are put in order.
late AS (
    SELECT id, id_before, DATE_DIFF('second', occurred_at, before_at) AS behind
    FROM (
        SELECT
            id, occurred_at,
            LAG(id) OVER (ORDER BY id) AS id_before,
            LAG(occurred_at) OVER (ORDER BY id) AS before_at
        FROM log_rows
        WHERE audit_only IS NOT TRUE
    ) AS r
    WHERE DATE_DIFF('second', occurred_at, before_at) > $seconds
),
placed AS (
    SELECT
        r.id, r.occurred_at, r.user_id, r.action, r.kind, r.path, r.path_class, r.path_id, r.json_pk, r.dashboard_id,
        r.chart_column, r.has_explode, r.has_url_rule, r.object_ref, r.row_username, COALESCE(r.custom, FALSE) AS custom,
        l.id_before, l.behind, k.class,
        k.path_class AS own_class, COALESCE(h.id, 0) + COALESCE(n.made, 0) AS highest_id,
        COALESCE(CAST(r.path_id AS VARCHAR), d.object_id) AS target_id
    FROM log_rows AS r
    LEFT JOIN late AS l ON l.id = r.id
    LEFT JOIN classes AS k ON k.class = SPLIT_PART(r.action, '.', 1) || '.' AND r.action LIKE k.class || '%'
    LEFT JOIN highest AS h ON h.object_type = k.object_type
    LEFT JOIN creations AS n ON n.object_type = k.object_type
    LEFT JOIN objects AS d ON d.object_type = 'dashboard' AND d.slug = r.id_or_slug
    WHERE r.audit_only IS NOT TRUE
),
found AS (
    SELECT
        occurred_at, user_id, row_username, action, path, id,
        NULLIF(CONCAT_WS('; ',
            CASE WHEN path IS NULL AND action <> 'log' AND NOT custom
                    AND (action LIKE '%RestApi.%' OR kind IN ('page', 'view', 'data_request', 'export', 'sharing'))
                THEN 'no path: the payload looks replaced or stripped' END,
            CASE WHEN has_explode AND action <> 'log' THEN 'the payload asks to be replaced (explode)' END,
            CASE WHEN path_id IS NOT NULL AND NOT has_url_rule AND object_ref IS NULL
                THEN 'the payload lacks what the server adds: it looks written by the client' END,
            CASE WHEN path IS NOT NULL AND own_class IS NOT NULL AND COALESCE(path_class, '') <> own_class
                THEN 'the path is not of the action' END,
            CASE WHEN json_pk <> CAST(path_id AS VARCHAR) THEN 'the payload says ' || json_pk || ', its path another id' END,
            CASE WHEN class = 'DashboardRestApi.' AND CAST(dashboard_id AS VARCHAR) <> target_id
                THEN 'column dashboard_id says ' || CAST(dashboard_id AS VARCHAR) || ', the path is of ' || target_id END,
            CASE WHEN class IN ('ChartRestApi.', 'ChartDataRestApi.') AND chart_column <> path_id
                THEN 'column slice_id says ' || CAST(chart_column AS VARCHAR) || ', the path another chart' END,
            CASE WHEN dashboard_id IS NOT NULL AND kind IN ('content_change', 'access_change') AND NOT custom
                    AND class IN ('ChartRestApi.', 'DatasetRestApi.', 'DatabaseRestApi.', 'RLSRestApi.', 'SavedQueryRestApi.')
                THEN 'column dashboard_id says ' || CAST(dashboard_id AS VARCHAR) || ', where the server writes none' END,
            CASE WHEN GREATEST(COALESCE(dashboard_id, 0), COALESCE(chart_column, 0), COALESCE(path_id, 0)) > 2147483647
                    OR LEAST(COALESCE(dashboard_id, 0), COALESCE(chart_column, 0)) < 0
                THEN 'an id that no Superset gives' END,
            CASE WHEN action LIKE '%RestApi.delete' AND path_id > highest_id
                THEN 'nothing shows that an object with the id ' || CAST(path_id AS VARCHAR) || ' ever was' END,
            CASE WHEN behind IS NOT NULL
                THEN 'its time is ' || CAST(behind AS VARCHAR) || ' seconds before that of the row before it, logs:' || CAST(id_before AS VARCHAR) END
        ), '') AS finding
    FROM placed
)
SELECT
    f.occurred_at,
    COALESCE(f.row_username, a.username, 'account ' || CAST(f.user_id AS VARCHAR) || ' (gone)', 'unattributed') AS username,
    f.action, f.path, f.finding,
    'logs:' || CAST(f.id AS VARCHAR) AS source_ref
FROM found AS f
LEFT JOIN accounts AS a ON a.user_id = f.user_id
WHERE f.finding IS NOT NULL AND f.occurred_at >= $since AND f.occurred_at < $until
ORDER BY f.occurred_at, source_ref
