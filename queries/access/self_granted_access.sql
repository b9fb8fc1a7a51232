-- /// audit
-- id = "self_granted_access"
-- version = 3
-- title = "Access given to oneself"
-- purpose = "Changes by which an account gave itself a role or a group, or put itself into one."
-- kind = "deviation"
-- time = "period"
-- reads = ["accounts", "events", "access_change_items", "log_rows"]
-- requires = ["access_changes", "access_change_details"]
-- denominator = "given"
-- denominator_noun = "roles and memberships given by accounts"
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
-- A group or a role names its members as they were called then: so do the recorder's rows, and an account is renamed.
WITH given AS (
    SELECT
        e.occurred_at, e.user_id, e.username, e.object_type, e.object_id, e.object_name, i.field, i.item, e.event_outcome,
        e.source_ref, LOWER(l.stated_username) AS name_then, LOWER(a.username) AS name_now
    FROM events AS e
    INNER JOIN access_change_items AS i ON i.source_ref = e.source_ref AND i.change = 'added'
    LEFT JOIN log_rows AS l ON e.source_ref = l.row_ref AND l.recorder
    LEFT JOIN accounts AS a ON a.user_id = e.user_id
    WHERE e.occurred_at >= $since AND e.occurred_at < $until AND e.event_outcome NOT IN ('failed', 'refused')
        AND (
            (e.object_type = 'account' AND i.field IN ('roles', 'groups') AND e.user_id IS NOT NULL)
            OR (e.object_type IN ('group', 'role') AND i.field = 'users' AND (e.attributed OR l.stated_username IS NOT NULL))
        )
)
SELECT occurred_at, username, object_type, object_name, field, item, event_outcome, source_ref
FROM given
WHERE (object_type = 'account' AND object_id = CAST(user_id AS VARCHAR))
    OR (object_type <> 'account' AND LOWER(item) IN (LOWER(username), name_then, name_now))
ORDER BY occurred_at, source_ref, field, item
