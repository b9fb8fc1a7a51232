-- /// audit
-- id = "content_changes"
-- version = 1
-- title = "Changes of content"
-- purpose = "Every attempt to change dashboards, charts, datasets, databases and schedules, with how far its outcome is known."
-- kind = "listing"
-- time = "period"
-- reads = ["events"]
-- requires = ["content_changes"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "By", type = "text" }
-- verb = { label = "Change", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- doubt = { label = "Doubt", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, doubt, reported_by, source_ref
FROM events
WHERE kind = 'content_change' AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
