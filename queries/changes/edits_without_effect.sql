-- /// audit
-- id = "edits_without_effect"
-- version = 2
-- title = "Edits that changed nothing"
-- purpose = "Attempts to change content that had no effect: refused, invalid, or nothing to change. They must not be counted as changes."
-- kind = "indicator"
-- time = "period"
-- reads = ["events"]
-- requires = ["content_changes"]
-- denominator = "edits"
-- denominator_noun = "edits of known outcome"
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
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH edits AS (
    SELECT occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, source_ref
    FROM events
    WHERE kind = 'content_change' AND event_outcome IN ('succeeded', 'failed', 'refused')
        AND occurred_at >= $since AND occurred_at < $until
)
SELECT occurred_at, username, verb, object_type, object_id, object_name, event_outcome, outcome_basis, source_ref
FROM edits
WHERE event_outcome <> 'succeeded'
ORDER BY occurred_at, source_ref
