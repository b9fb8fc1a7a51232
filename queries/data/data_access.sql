-- /// audit
-- id = "data_access"
-- version = 4
-- title = "Who reached a table"
-- purpose = "Every act and statement that reached a table or may have, by every way that leaves a row, and the alerts and reports that send it."
-- kind = "listing"
-- time = "period"
-- reads = ["events", "statements", "touches", "scope_tables", "scope_objects", "state", "schedules"]
-- requires = ["sql_statements", "data_requests", "request_bodies", "dashboard_views", "exports", "schedules_now"]
-- denominator = "events"
-- lookback = "7d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- table = { type = "text", scope_list = "tables", help = "Table, as table, schema.table or database.schema.table." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime", help = "Empty: the state at the read point." }
-- username = { label = "Account", type = "text", help = "Of an alert or report: who changed it last." }
-- path = { label = "By what", type = "text" }
-- object = { label = "Of", type = "text" }
-- via = { label = "Reaches the table by", type = "text", help = "As datasets, charts and dashboards are built at the read point." }
-- recipients = { label = "Sent to", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Databases that the table is in, by id, or by name where a log tells no id: a text that was not parsed may have read
-- it there.
WITH homes AS (
    SELECT DISTINCT COALESCE(CAST(database_id AS VARCHAR), database_name, '') AS home
    FROM scope_tables
    WHERE scope = 'asked' AND entry = $table
),
chains AS (
    SELECT object_type, object_id, string_agg(DISTINCT via, '; ' ORDER BY via) AS via
    FROM scope_objects
    WHERE scope = 'asked' AND via <> 'declared'
    GROUP BY object_type, object_id
),
ran AS (
    SELECT
        s.occurred_at, s.username, 'SQL Lab statement: ' || COALESCE(s.statement_kind, 'OTHER') AS path,
        'database ' || s.database_name AS object, COALESCE(t.via, 'not parsed: cannot be told') AS via,
        CAST(NULL AS VARCHAR) AS recipients, s.event_outcome, s.outcome_basis,
        COALESCE(e.reported_by, 'server') AS reported_by, s.source_ref
    FROM statements AS s
    LEFT JOIN touches AS t ON t.source_ref = s.source_ref AND t.scope = 'asked'
    LEFT JOIN homes AS h ON h.home = COALESCE(CAST(s.database_id AS VARCHAR), s.database_name, '')
    LEFT JOIN events AS e ON e.source_ref = s.source_ref
    WHERE s.occurred_at >= $since AND s.occurred_at < $until
        AND (
            t.source_ref IS NOT NULL
            OR (h.home IS NOT NULL AND (s.sql_text IS NULL OR s.unread_reason IS NOT NULL))
        )
),
-- A statement that was run has its row among the statements; what was fetched of its result later has not.
seen AS (
    SELECT
        e.occurred_at, e.username, e.kind, e.verb, e.route, e.object_type, e.object_id, e.object_name, e.event_outcome,
        e.outcome_basis, e.reported_by, e.source_ref, t.via AS touched,
        CASE
            WHEN e.reported_by = 'client' OR e.event_outcome IN ('failed', 'refused') THEN NULL
            WHEN e.object_type = 'statement' AND s.source_ref IS NULL THEN 'its statement is gone or long before the window'
            WHEN e.object_type = 'statement' AND h.home IS NOT NULL
                AND (s.sql_text IS NULL OR s.unread_reason IS NOT NULL) THEN 'its statement is not parsed'
            WHEN e.object_type = 'statement' OR d.object_id IS NOT NULL THEN NULL
            WHEN e.object_id IS NULL THEN 'the row names nothing'
            WHEN e.object_type IN ('dashboard', 'chart', 'dataset') AND e.object_id NOT LIKE '%,%' AND o.object_id IS NULL
                THEN 'the ' || e.object_type || ' is gone'
        END AS doubt
    FROM events AS e
    LEFT JOIN touches AS t ON t.source_ref = e.source_ref AND t.scope = 'asked'
    LEFT JOIN statements AS s ON s.source_ref = e.statement_ref
    LEFT JOIN homes AS h ON h.home = COALESCE(CAST(s.database_id AS VARCHAR), s.database_name, '')
    LEFT JOIN state AS d ON d.object_type = 'dataset' AND d.object_id = CAST(e.dataset_id AS VARCHAR)
    LEFT JOIN state AS o ON o.object_type = e.object_type AND o.object_id = e.object_id
    WHERE e.occurred_at >= $since AND e.occurred_at < $until
        AND (
            e.kind IN ('view', 'data_request', 'export')
            OR (e.kind = 'browse' AND e.action = 'SqlLabRestApi.get_results')
            OR (e.kind = 'browse' AND (e.verb = 'screenshot' OR e.action LIKE '%.thumbnail'))
        )
),
acted AS (
    SELECT
        e.occurred_at, e.username,
        CASE
            WHEN e.kind = 'export' THEN 'export: ' || COALESCE(e.route, 'way not known')
            WHEN e.kind = 'view' AND e.object_type = 'dashboard' THEN 'dashboard opened'
            WHEN e.kind = 'view' THEN 'chart opened for exploring'
            WHEN e.verb = 'sample' THEN 'sample rows of a dataset'
            WHEN e.verb = 'read_values' THEN 'values of a column'
            WHEN e.kind = 'data_request' THEN 'data of a chart'
            WHEN e.object_type = 'statement' THEN 'result of a SQL Lab statement fetched'
            ELSE 'picture asked for'
        END AS path,
        CASE
            WHEN e.object_id IS NOT NULL
                THEN e.object_type || ' ' || e.object_id || COALESCE(': ' || e.object_name, '')
        END AS object,
        COALESCE(c.via, e.touched, e.doubt || ': cannot be told') AS via, CAST(NULL AS VARCHAR) AS recipients,
        e.event_outcome, e.outcome_basis, e.reported_by, e.source_ref
    FROM seen AS e
    LEFT JOIN chains AS c ON c.object_type = e.object_type AND c.object_id = e.object_id
    WHERE e.touched IS NOT NULL OR e.doubt IS NOT NULL
),
sent AS (
    SELECT
        CAST(NULL AS TIMESTAMP) AS occurred_at, COALESCE(s.changed_by, s.created_by) AS username,
        LOWER(s.type) || CASE WHEN s.active THEN '' ELSE ', not active' END || ', as of the read point' AS path,
        c.object_type || ' ' || c.object_id || ', by ' || s.name AS object, c.via, s.recipients,
        CAST(NULL AS VARCHAR) AS event_outcome, CAST(NULL AS VARCHAR) AS outcome_basis, 'server' AS reported_by,
        s.source_ref
    FROM schedules AS s
    INNER JOIN chains AS c ON s.target = c.object_type || ':' || c.object_id
)
SELECT occurred_at, username, path, object, via, recipients, event_outcome, outcome_basis, reported_by, source_ref
FROM (
    SELECT occurred_at, username, path, object, via, recipients, event_outcome, outcome_basis, reported_by, source_ref FROM ran
    UNION ALL
    SELECT occurred_at, username, path, object, via, recipients, event_outcome, outcome_basis, reported_by, source_ref FROM acted
    UNION ALL
    SELECT occurred_at, username, path, object, via, recipients, event_outcome, outcome_basis, reported_by, source_ref FROM sent
) AS everything
ORDER BY occurred_at NULLS LAST, source_ref
