-- /// audit
-- id = "changes_in_freeze"
-- version = 2
-- title = "Changes in a freeze"
-- purpose = "Changes and deletions of content, not known to have failed, at times that were declared to be without any."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "change_freezes"]
-- requires = ["content_changes", "change_freezes"]
-- denominator = "changes"
-- denominator_noun = "changes of content in a period with a freeze"
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
-- declared = { label = "In the freeze", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Without a freeze in the window there is none that a change could have been in.
WITH changes AS (
    SELECT occurred_at, username, verb, object_type, object_id, object_name, event_outcome, source_ref
    FROM events
    WHERE kind = 'content_change' AND event_outcome NOT IN ('failed', 'refused')
        AND occurred_at >= $since AND occurred_at < $until
        AND EXISTS (SELECT 1 FROM change_freezes)
),
frozen AS (
    SELECT
        e.occurred_at, e.username, e.verb, e.object_type, e.object_id, e.object_name, e.event_outcome, f.declared, e.source_ref,
        row_number() OVER (PARTITION BY e.source_ref ORDER BY f.freeze_since, f.freeze_until, f.declared) AS place
    FROM changes AS e
    INNER JOIN change_freezes AS f ON e.occurred_at >= f.freeze_since AND e.occurred_at < f.freeze_until
)
SELECT occurred_at, username, verb, object_type, object_id, object_name, event_outcome, declared, source_ref
FROM frozen
WHERE place = 1
ORDER BY occurred_at, source_ref
