-- /// audit
-- id = "dashboard_views"
-- version = 1
-- title = "Dashboards opened"
-- purpose = "Every dashboard that the server delivered, with who opened it."
-- kind = "listing"
-- time = "period"
-- reads = ["events"]
-- requires = ["dashboard_views"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- object_id = { label = "Dashboard", type = "text" }
-- object_name = { label = "Title", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT occurred_at, username, object_id, object_name, event_outcome, reported_by, source_ref
FROM events
WHERE kind = 'view' AND object_type = 'dashboard' AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
