-- /// audit
-- id = "accounts_without_ticket"
-- version = 3
-- title = "Accounts and changes of access without a ticket"
-- purpose = "Accounts created in the period, and changes of access that the log holds, each with the approved ticket that covers it; without one it is an exception."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["accounts", "events", "approvals"]
-- requires = ["accounts_now", "server_zone", "tickets_file"]
-- denominator = "changes"
-- denominator_noun = "accounts created and changes of access"
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
-- ticket = { label = "Ticket", type = "text", help = "The one that fits best; it covers the change unless the change is flagged." }
-- ticket_names = { label = "Which names", type = "text", help = "One that names no object covers every change of its account, or by it." }
-- approved_by = { label = "Approved by", type = "text" }
-- approved_on = { label = "Approved on", type = "date" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Somebody's own profile and password need no ticket. An account whose creation is in the log as well counts once.
WITH created AS (
    SELECT created_at AS occurred_at, created_by AS username, CAST(user_id AS VARCHAR) AS object_id, username AS object_name, source_ref
    FROM accounts
    WHERE created_at >= $since AND created_at < $until
),
changes AS (
    SELECT occurred_at, username, 'create' AS verb, 'account' AS object_type, object_id, object_name, source_ref
    FROM created
    UNION ALL
    SELECT e.occurred_at, e.username, e.verb, e.object_type, e.object_id, e.object_name, e.source_ref
    FROM events AS e
    LEFT JOIN created AS c ON e.verb = 'create' AND e.object_type = 'account' AND c.object_id = e.object_id
    WHERE e.kind = 'access_change' AND e.event_outcome NOT IN ('failed', 'refused') AND c.object_id IS NULL
        AND coalesce(e.action, '') <> 'CurrentUserRestApi.put'
        AND e.occurred_at >= $since AND e.occurred_at < $until
)
SELECT
    c.occurred_at, c.username, c.verb, c.object_type, c.object_id, c.object_name, a.ticket, a.names AS ticket_names,
    a.approved_by, a.approved_on,
    CASE WHEN a.source_ref IS NULL THEN 'no ticket is for it' ELSE a.problem END AS flag_reason,
    c.source_ref
FROM changes AS c
LEFT JOIN approvals AS a ON a.source_ref = c.source_ref
ORDER BY c.occurred_at, c.source_ref
