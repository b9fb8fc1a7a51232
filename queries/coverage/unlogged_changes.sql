-- /// audit
-- id = "unlogged_changes"
-- version = 2
-- title = "Changes that no row explains"
-- purpose = "Objects that were made, changed or removed in the window without a row of the log that explains it: work on the command line or by a task, or a row that was suppressed or lost."
-- kind = "indicator"
-- time = "period"
-- reads = ["events", "log_summary", "objects", "run_context"]
-- requires = ["content_changes", "server_zone"]
-- denominator = "judged"
-- denominator_noun = "changes of objects"
-- lookback = "1h"
-- key = ["source_ref", "change"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- seconds = { type = "integer", default = 5, maximum = 3600, help = "Seconds that a change may lie outside the request that explains it." }
-- [columns]
-- changed_at = { label = "Time (UTC)", type = "datetime" }
-- change = { label = "Change", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- username = { label = "By", type = "text" }
-- finding = { label = "Finding", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Schedules and saved queries are left out: running them changes them. What the server does just after making an object
-- belongs to its making. A row is written when its request ends, so the last minute of the window is not judged.
WITH kept AS (
    SELECT
        object_type, object_id, name, source_ref, 'made' AS change, created_at AS changed_at, created_by AS username
    FROM objects
    UNION ALL
    SELECT object_type, object_id, name, source_ref, 'changed' AS change, changed_at, changed_by AS username
    FROM objects
    WHERE created_at IS NULL OR changed_at > created_at + INTERVAL '5' SECOND
),
requests AS (
    SELECT
        object_type, object_id, verb, username, attributed, event_outcome, occurred_at,
        occurred_at - CAST(LEAST(COALESCE(duration_ms, 0), 86400000) / 1000.0 + $seconds + 1 AS BIGINT) * INTERVAL '1' SECOND
            AS reaches_from,
        occurred_at + $seconds * INTERVAL '1' SECOND AS reaches_to
    FROM events
    WHERE kind IN ('content_change', 'access_change', 'sharing')
),
explained AS (
    SELECT DISTINCT k.source_ref, k.change
    FROM kept AS k
    INNER JOIN requests AS a
        ON k.changed_at >= a.reaches_from AND k.changed_at <= a.reaches_to
        AND (a.username = k.username OR k.username IS NULL OR NOT a.attributed)
        AND (
            (k.change = 'made' AND a.verb NOT IN ('update', 'delete'))
            OR a.verb = 'import'
            OR (a.object_type = k.object_type AND ',' || a.object_id || ',' LIKE '%,' || k.object_id || ',%')
        )
),
-- Classes of the interface with a deletion after the window: whether it removed an object is not in the extract.
deleted_later AS (
    SELECT action FROM log_summary WHERE action LIKE '%RestApi.%delete' AND last_at >= $until GROUP BY action
),
types AS (
    SELECT k.object_type
    FROM (
        SELECT 'dashboard' AS object_type, 'DashboardRestApi.' AS class
        UNION ALL
        SELECT 'chart' AS object_type, 'ChartRestApi.' AS class
        UNION ALL
        SELECT 'dataset' AS object_type, 'DatasetRestApi.' AS class
        UNION ALL
        SELECT 'database' AS object_type, 'DatabaseRestApi.' AS class
        UNION ALL
        SELECT 'rls_rule' AS object_type, 'RLSRestApi.' AS class
    ) AS k
    LEFT JOIN deleted_later AS d ON d.action LIKE k.class || '%'
    WHERE d.action IS NULL
),
-- A row of a creation does not name the new id. So creations that left nothing are set against the deletions after them:
-- counted from the end, each one that exceeds them is one for which no row of a deletion is left. What creations left is
-- known only with the server's zone.
tally AS (
    SELECT
        e.object_type, e.object_name, e.username, e.occurred_at, e.source_ref, e.verb,
        CASE e.verb WHEN 'delete' THEN LENGTH(REPLACE(e.object_id, ',', '')) - LENGTH(e.object_id) - 1 ELSE 1 END AS step
    FROM events AS e
    INNER JOIN types AS t ON t.object_type = e.object_type
    INNER JOIN run_context AS c ON c.server_zone IS NOT NULL
    WHERE e.kind IN ('content_change', 'access_change')
        AND (
            (e.verb IN ('create', 'copy') AND e.event_outcome = 'attempted' AND e.object_id IS NULL)
            OR (e.verb = 'delete' AND e.event_outcome IN ('succeeded', 'attempted') AND e.object_id IS NOT NULL)
        )
),
surplus AS (
    SELECT
        object_type, object_name, username, occurred_at, source_ref, verb,
        SUM(step) OVER (PARTITION BY object_type ORDER BY occurred_at DESC, source_ref DESC) AS over
    FROM tally
),
peaks AS (
    SELECT
        object_type, object_name, username, occurred_at, source_ref, verb, over,
        MAX(over) OVER (
            PARTITION BY object_type ORDER BY occurred_at DESC, source_ref DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS most
    FROM surplus
),
found AS (
    SELECT
        k.changed_at, k.change, k.object_type, k.object_id, k.name AS object_name, k.username, k.source_ref,
        CASE WHEN x.source_ref IS NULL THEN 'no row of the log explains it' END AS finding
    FROM kept AS k
    LEFT JOIN explained AS x ON x.source_ref = k.source_ref AND x.change = k.change
    WHERE k.object_type NOT IN ('schedule', 'saved_query')
    UNION ALL
    SELECT
        occurred_at, 'made, gone', object_type, NULL, object_name, username, source_ref,
        CASE WHEN over > GREATEST(COALESCE(most, 0), 0)
            THEN 'nothing shows it now and no row of a deletion is left for it: invalid, or removed without a row'
        END
    FROM peaks
    WHERE verb <> 'delete'
),
judged AS (
    SELECT changed_at, change, object_type, object_id, object_name, username, finding, source_ref
    FROM found
    WHERE changed_at >= $since AND changed_at < $until - INTERVAL '1' MINUTE
)
SELECT changed_at, change, object_type, object_id, object_name, username, finding, source_ref
FROM judged
WHERE finding IS NOT NULL
ORDER BY changed_at, source_ref, change
