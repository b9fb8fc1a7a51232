-- /// audit
-- id = "audit_log_reads"
-- version = 1
-- title = "Superset's log read in Superset"
-- purpose = "Who read the audit log, or wrote into it, through Superset's own interface."
-- kind = "listing"
-- time = "period"
-- reads = ["events"]
-- requires = ["log_rows"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- verb = { label = "What", type = "text" }
-- object_id = { label = "Log row", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- doubt = { label = "Doubt", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT occurred_at, username, verb, object_id, event_outcome, outcome_basis, doubt, source_ref
FROM events
WHERE kind = 'log_read' AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
