-- /// audit
-- id = "self_granted_access"
-- version = 1
-- title = "Access given to oneself"
-- purpose = "Changes by which an account gave itself a role or a group, or put itself into one."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "access_change_items"]
-- requires = ["access_changes", "access_change_details"]
-- denominator = "events"
-- key = ["source_ref", "field", "item"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "By and to", type = "text" }
-- object_type = { label = "Changed", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- field = { label = "In it", type = "text" }
-- item = { label = "Added", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT e.occurred_at, e.username, e.object_type, e.object_name, i.field, i.item, e.event_outcome, e.source_ref
FROM events AS e
INNER JOIN access_change_items AS i ON i.source_ref = e.source_ref AND i.change = 'added'
WHERE e.occurred_at >= $since AND e.occurred_at < $until AND e.event_outcome NOT IN ('failed', 'refused')
    AND (
        (e.object_type = 'account' AND e.object_id = CAST(e.user_id AS VARCHAR) AND i.field IN ('roles', 'groups'))
        OR (e.object_type IN ('group', 'role') AND i.field = 'users' AND i.item = e.username)
    )
ORDER BY e.occurred_at, e.source_ref, i.field, i.item
