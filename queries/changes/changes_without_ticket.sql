-- /// audit
-- id = "changes_without_ticket"
-- version = 3
-- title = "Changes of content without a ticket"
-- purpose = "Changes and deletions of content that are not known to have failed, each with the approved ticket that covers it; without one it is an exception."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "approvals"]
-- requires = ["content_changes", "tickets_file"]
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
-- ticket = { label = "Ticket", type = "text", help = "The one that fits best; it covers the change unless the change is flagged." }
-- ticket_names = { label = "Which names", type = "text", help = "One that names no object covers every change of its account, or by it." }
-- approved_by = { label = "Approved by", type = "text" }
-- approved_on = { label = "Approved on", type = "date" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH changes AS (
    SELECT occurred_at, username, verb, object_type, object_id, object_name, event_outcome, source_ref
    FROM events
    WHERE kind = 'content_change' AND event_outcome NOT IN ('failed', 'refused')
        AND occurred_at >= $since AND occurred_at < $until
)
SELECT
    e.occurred_at, e.username, e.verb, e.object_type, e.object_id, e.object_name, e.event_outcome, a.ticket,
    a.names AS ticket_names, a.approved_by, a.approved_on,
    CASE WHEN a.source_ref IS NULL THEN 'no ticket is for it' ELSE a.problem END AS flag_reason,
    e.source_ref
FROM changes AS e
LEFT JOIN approvals AS a ON a.source_ref = e.source_ref
ORDER BY e.occurred_at, e.source_ref
