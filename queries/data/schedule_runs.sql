-- /// audit
-- id = "schedule_runs"
-- version = 1
-- title = "Alerts and reports that ran"
-- purpose = "Every run of an alert or a report and how it ended: what Superset sent out by itself, and to whom such runs go now."
-- kind = "listing"
-- time = "period"
-- reads = ["schedule_runs"]
-- requires = ["schedule_runs", "schedules_now"]
-- denominator = "schedule_runs"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- ended_at = { label = "Ended (UTC)", type = "datetime" }
-- schedule = { label = "Name", type = "text" }
-- type = { label = "Type", type = "text" }
-- state = { label = "Ended as", type = "text" }
-- recipients = { label = "Recipients now", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT occurred_at, ended_at, schedule, type, state, recipients, source_ref
FROM schedule_runs
WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
