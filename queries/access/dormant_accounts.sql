-- /// audit
-- id = "dormant_accounts"
-- version = 3
-- title = "Dormant accounts"
-- purpose = "Active accounts that nobody used for a long time before the cut-off; accounts of which it cannot be told are shown with the reason."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["accounts", "events", "sign_ins", "log_summary", "run_context"]
-- requires = ["accounts_now", "log_rows"]
-- denominator = "told"
-- unjudged = "accounts of which it cannot be told"
-- denominator_noun = "active accounts that can be judged"
-- key = ["source_ref"]
-- [parameters]
-- days = { type = "integer", default = 90, maximum = 3650, help = "Days without activity before the cut-off that are flagged." }
-- [columns]
-- username = { label = "Account", type = "text" }
-- full_name = { label = "Name", type = "text" }
-- roles = { label = "Roles", type = "text" }
-- last_activity_at = { label = "Last activity (UTC)", type = "datetime", help = "Empty: none that the log still holds." }
-- created_local = { label = "Created (server-local)", type = "datetime" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- doubt = { label = "Not flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Not by last_login: older Flask-AppBuilder sets it on rejected sign-ins too. A rejected sign-in is no use of an account,
-- nor is an alert that runs in its name: that writes rows of these inner actions alone.
WITH used AS (
    SELECT user_id, occurred_at AS used_at
    FROM events
    WHERE kind <> 'scheduled_run' AND NOT (kind = 'sign_in' AND event_outcome IN ('failed', 'refused'))
    UNION ALL
    SELECT user_id, occurred_at
    FROM sign_ins
    WHERE event_outcome = 'succeeded'
    UNION ALL
    -- Of the day that the cut-off divides, the first row is all that is known to lie before it.
    SELECT s.user_id, CASE WHEN s.last_at < c.cut_off THEN s.last_at ELSE s.first_at END
    FROM log_summary AS s
    CROSS JOIN run_context AS c
    WHERE s.action NOT IN ('UserLoginFailed', 'execute_sql', 'load_into_dataframe', 'fetch_rows')
),
last_used AS (
    SELECT u.user_id, max(u.used_at) AS last_activity_at
    FROM used AS u
    CROSS JOIN run_context AS c
    WHERE u.used_at < c.cut_off
    GROUP BY u.user_id
),
span AS (
    SELECT
        c.cut_off, c.cut_off - $days * INTERVAL '1' DAY AS since,
        (SELECT min(first_at) FROM log_summary) AS log_since
    FROM run_context AS c
),
-- A zone is at most 12 hours behind UTC: undeclared, that is the latest that an account can have been created.
kept AS (
    SELECT
        a.username, a.full_name, a.roles, l.last_activity_at, a.created_local, a.created_at, a.source_ref, s.cut_off, s.since, s.log_since,
        coalesce(a.created_at, a.created_local + INTERVAL '12' HOUR) AS created_by_then,
        l.last_activity_at IS NULL OR l.last_activity_at < s.since AS idle
    FROM accounts AS a
    CROSS JOIN span AS s
    LEFT JOIN last_used AS l ON l.user_id = a.user_id
    WHERE a.active
),
judged AS (
    SELECT
        username, full_name, roles, last_activity_at, created_local, source_ref, cut_off, idle,
        CASE
            WHEN NOT idle THEN NULL
            WHEN created_by_then >= since AND created_at IS NULL
                THEN 'may be younger than ' || $days || ' days: created server-local, zone not declared'
            WHEN created_by_then >= since THEN 'created less than ' || $days || ' days before'
            WHEN log_since IS NULL THEN 'cannot be told: the log holds no row'
            WHEN log_since > since THEN 'cannot be told: the log reaches back only to ' || CAST(CAST(log_since AS DATE) AS VARCHAR)
            WHEN created_by_then IS NULL AND last_activity_at IS NULL THEN 'cannot be told: no time of creation is stored'
        END AS doubt
    FROM kept
),
told AS (
    SELECT source_ref
    FROM judged
    WHERE doubt IS NULL
)
SELECT
    j.username, j.full_name, j.roles, j.last_activity_at, j.created_local,
    CASE
        WHEN t.source_ref IS NULL THEN NULL
        WHEN j.last_activity_at IS NULL THEN 'active, and the log holds no activity'
        ELSE 'active, not used for ' || date_diff('day', CAST(j.last_activity_at AS DATE), CAST(j.cut_off AS DATE)) || ' days'
    END AS flag_reason,
    j.doubt, j.source_ref
FROM judged AS j
LEFT JOIN told AS t ON t.source_ref = j.source_ref
WHERE j.idle
ORDER BY j.last_activity_at, j.username, j.source_ref
