-- /// audit
-- id = "data_requests"
-- version = 1
-- title = "Data asked for by charts"
-- purpose = "Every request of a chart for data: one act each, however many rows of the log it took."
-- kind = "listing"
-- time = "period"
-- reads = ["events"]
-- requires = ["data_requests", "request_bodies"]
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- verb = { label = "What", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- dashboard_id = { label = "On dashboard", type = "integer" }
-- dataset_id = { label = "Dataset", type = "integer" }
-- event_outcome = { label = "Outcome", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- rows_folded = { label = "Log rows", type = "integer" }
-- duration_ms = { label = "Duration", type = "duration_ms" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    occurred_at, username, verb, object_type, object_id, object_name, dashboard_id, dataset_id, event_outcome, outcome_basis,
    rows_folded, duration_ms, source_ref
FROM events
WHERE kind = 'data_request' AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
