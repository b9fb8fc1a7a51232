-- /// audit
-- id = "leavers_active"
-- version = 2
-- title = "Leavers with access"
-- purpose = "People on the leavers file whose account is still active, or was used after their last day; lines that match no account are shown."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["leavers", "accounts", "events", "statements", "run_context"]
-- requires = ["leavers_file", "accounts_now", "log_rows"]
-- denominator = "gone"
-- denominator_noun = "people who left before the cut-off"
-- key = ["line"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- username = { label = "Account", type = "text" }
-- left_on = { label = "Last day", type = "date" }
-- active = { label = "Still active", type = "boolean" }
-- acts_after = { label = "Acts after the last day, in the window", type = "integer" }
-- last_act_at = { label = "Last of them (UTC)", type = "datetime" }
-- last_act_ref = { label = "Its row", type = "text" }
-- matched_by = { label = "Matched by", type = "text", help = "Empty: no account has that name or e-mail." }
-- line = { label = "Line of the file", type = "integer" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- SQL Lab writes a run into both tables: the statement is counted, its act only where it names none. A sign-in that was
-- rejected is no use of the account.
WITH gone AS (
    SELECT l.line, l.username, l.email, l.left_on, l.user_id, l.matched_by
    FROM leavers AS l
    CROSS JOIN run_context AS c
    WHERE l.left_on < c.cut_off_date
),
used AS (
    SELECT user_id, local_date, occurred_at, source_ref
    FROM events
    WHERE occurred_at >= $since AND occurred_at < $until AND kind <> 'scheduled_run'
        AND NOT (kind = 'statement' AND statement_ref IS NOT NULL)
        AND NOT (kind = 'sign_in' AND event_outcome IN ('failed', 'refused'))
    UNION ALL
    SELECT user_id, local_date, occurred_at, source_ref
    FROM statements
    WHERE occurred_at >= $since AND occurred_at < $until
),
after AS (
    SELECT
        l.line, e.occurred_at, e.source_ref, count(*) OVER (PARTITION BY l.line) AS acts,
        row_number() OVER (PARTITION BY l.line ORDER BY e.occurred_at DESC, e.source_ref DESC) AS newest
    FROM gone AS l
    INNER JOIN used AS e ON e.user_id = l.user_id AND e.local_date > l.left_on
)
SELECT
    coalesce(a.username, l.username, l.email) AS username, l.left_on, a.active, coalesce(f.acts, 0) AS acts_after, f.occurred_at AS last_act_at,
    f.source_ref AS last_act_ref, l.matched_by, l.line,
    CASE
        WHEN a.active AND f.acts > 0 THEN 'still active, and used after the last day'
        WHEN a.active THEN 'still active'
        WHEN f.acts > 0 THEN 'used after the last day'
    END AS flag_reason,
    a.source_ref
FROM gone AS l
LEFT JOIN accounts AS a ON a.user_id = l.user_id
LEFT JOIN after AS f ON f.line = l.line AND f.newest = 1
ORDER BY l.left_on, username, l.line
