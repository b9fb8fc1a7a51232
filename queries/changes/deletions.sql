-- /// audit
-- id = "deletions"
-- version = 3
-- title = "Deletions"
-- purpose = "Every deletion of content that was tried and is not known to have failed; those outside business hours are flagged."
-- kind = "indicator"
-- time = "period"
-- reads = ["events"]
-- requires = ["content_changes"]
-- denominator = "deleted"
-- denominator_noun = "deletions of content"
-- lookback = "14d"
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
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH deleted AS (
    SELECT
        occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, local_date, local_hour,
        in_business_hours, source_ref
    FROM events
    WHERE kind = 'content_change' AND verb = 'delete' AND event_outcome NOT IN ('failed', 'refused')
        AND occurred_at >= $since AND occurred_at < $until
)
SELECT
    occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, local_date, local_hour,
    CASE WHEN NOT in_business_hours THEN 'outside business hours' END AS flag_reason,
    source_ref
FROM deleted
ORDER BY occurred_at, source_ref
