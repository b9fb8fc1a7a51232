-- /// audit
-- id = "exports"
-- version = 1
-- title = "Exports"
-- purpose = "Everything that was taken out of Superset, by every way that leaves a row."
-- kind = "listing"
-- time = "period"
-- reads = ["events"]
-- requires = ["exports", "request_bodies"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- route = { label = "Way out", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- statement_ref = { label = "Statement", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    occurred_at, username, route, object_type, object_id, object_name, statement_ref, event_outcome, outcome_basis, reported_by,
    source_ref
FROM events
WHERE kind = 'export' AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
