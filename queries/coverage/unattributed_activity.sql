-- /// audit
-- id = "unattributed_activity"
-- version = 2
-- title = "Activity without an account"
-- purpose = "Acts whose rows have no account: anonymous visitors, embedded guests, or people whose account was deleted since."
-- kind = "indicator"
-- time = "period"
-- reads = ["events"]
-- requires = ["log_rows"]
-- denominator = "judged"
-- denominator_noun = "acts of people and browsers"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- kind = { label = "Kind", type = "text" }
-- verb = { label = "What", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- route = { label = "Way out", type = "text" }
-- action = { label = "Action", type = "text" }
-- path = { label = "Path", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH judged AS (
    SELECT occurred_at, kind, verb, object_type, object_id, object_name, route, action, path, attributed, source_ref
    FROM events
    WHERE kind NOT IN ('heartbeat', 'sign_in', 'scheduled_run') AND occurred_at >= $since AND occurred_at < $until
)
SELECT occurred_at, kind, verb, object_type, object_id, object_name, route, action, path, source_ref
FROM judged
WHERE NOT attributed
ORDER BY occurred_at, source_ref
