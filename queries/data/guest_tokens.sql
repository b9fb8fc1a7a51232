-- /// audit
-- id = "guest_tokens"
-- version = 2
-- title = "Tokens for embedded guests"
-- purpose = "Every token that was made for a guest of an embedded dashboard: by which account, for whom, for what, under how many row-level rules."
-- kind = "listing"
-- time = "period"
-- reads = ["events", "log_rows"]
-- requires = ["log_rows", "request_bodies"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- guest = { label = "Guest", type = "text" }
-- guest_rules = { label = "Row rules", type = "integer" }
-- guest_resources = { label = "For", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- doubt = { label = "Doubt", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    e.occurred_at, e.username, l.guest, l.guest_rules, l.guest_resources, e.event_outcome, e.doubt, e.source_ref
FROM events AS e
INNER JOIN log_rows AS l ON e.source_ref = l.row_ref
WHERE e.verb = 'guest_token' AND e.occurred_at >= $since AND e.occurred_at < $until
ORDER BY e.occurred_at, e.source_ref
