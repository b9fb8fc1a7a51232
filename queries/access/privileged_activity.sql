-- /// audit
-- id = "privileged_activity"
-- version = 1
-- title = "Activity of administrators"
-- purpose = "Every act and every statement of an account that holds Admin at the read point, or a role that may change accounts, roles or row-level security."
-- kind = "listing"
-- time = "period"
-- reads = ["accounts", "entitlements", "events", "grants", "statements"]
-- requires = ["log_rows", "sql_statements", "accounts_now", "entitlements_now"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- roles = { label = "Privileged by (read point)", type = "text" }
-- kind = { label = "Kind", type = "text" }
-- verb = { label = "What", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Pages, lists and what browsers report are left out, as are the rows of statements in the log: `query` has all of them.
WITH privileged_roles AS (
    SELECT role_id FROM grants WHERE role = 'Admin'
    UNION
    SELECT role_id FROM entitlements WHERE reach = 'security'
),
holders AS (
    SELECT a.user_id, a.username, string_agg(DISTINCT g.role, ', ' ORDER BY g.role) AS roles
    FROM grants AS g
    INNER JOIN privileged_roles AS p ON p.role_id = g.role_id
    INNER JOIN accounts AS a ON a.user_id = g.user_id
    GROUP BY a.user_id, a.username
),
done AS (
    SELECT
        occurred_at, user_id, kind, verb, object_type, object_id, object_name, event_outcome, reported_by, source_ref
    FROM events
    WHERE kind NOT IN ('browse', 'page', 'browser_report', 'scheduled_run', 'heartbeat', 'statement')
    UNION ALL
    SELECT
        occurred_at, user_id, 'statement' AS kind, statement_kind AS verb, 'database' AS object_type,
        CAST(database_id AS VARCHAR) AS object_id, database_name AS object_name, event_outcome, 'server' AS reported_by,
        source_ref
    FROM statements
)
SELECT
    d.occurred_at, h.username, h.roles, d.kind, d.verb, d.object_type, d.object_id, d.object_name, d.event_outcome,
    d.reported_by, d.source_ref
FROM done AS d
INNER JOIN holders AS h ON h.user_id = d.user_id
WHERE d.occurred_at >= $since AND d.occurred_at < $until
ORDER BY d.occurred_at, d.source_ref
