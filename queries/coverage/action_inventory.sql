-- /// audit
-- id = "action_inventory"
-- version = 1
-- title = "Kinds of events in the log"
-- purpose = "Which actions the log holds in the window, what they mean, how many rows each has, and when the first and the last was written."
-- kind = "listing"
-- time = "period"
-- reads = ["log_rows"]
-- requires = ["log_rows"]
-- denominator = "log_rows"
-- key = ["action"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- action = { label = "Action", type = "text" }
-- kind = { label = "Kind", type = "text", help = "unmapped: auditctl does not know the action." }
-- rows = { label = "Rows", type = "integer" }
-- with_account = { label = "With an account", type = "integer" }
-- first_at = { label = "First (UTC)", type = "datetime" }
-- last_at = { label = "Last (UTC)", type = "datetime" }
-- ///
SELECT
    COALESCE(action, 'no action') AS action,
    MIN(kind) AS kind,
    COUNT(*) AS rows,
    COUNT(user_id) AS with_account,
    MIN(occurred_at) AS first_at,
    MAX(occurred_at) AS last_at
FROM log_rows
WHERE occurred_at >= $since AND occurred_at < $until
GROUP BY COALESCE(action, 'no action')
ORDER BY action
