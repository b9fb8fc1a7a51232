-- /// audit
-- id = "changes_outside_hours"
-- version = 2
-- title = "Changes outside business hours"
-- purpose = "Changes of content outside the declared business days and hours: noisy, and off by default in reports."
-- kind = "indicator"
-- time = "period"
-- reads = ["events"]
-- requires = ["content_changes"]
-- denominator = "changes"
-- denominator_noun = "changes of content"
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
-- local_date = { label = "Day (report zone)", type = "date" }
-- local_hour = { label = "Hour (report zone)", type = "integer" }
-- local_weekday = { label = "Weekday (Monday 1)", type = "integer" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH changes AS (
    SELECT
        occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, local_date, local_hour,
        local_weekday, in_business_hours, source_ref
    FROM events
    WHERE kind = 'content_change' AND event_outcome NOT IN ('failed', 'refused')
        AND occurred_at >= $since AND occurred_at < $until
)
SELECT
    occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, local_date, local_hour,
    local_weekday, source_ref
FROM changes
WHERE NOT in_business_hours
ORDER BY occurred_at, source_ref
