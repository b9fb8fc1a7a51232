-- /// audit
-- id = "failed_logins"
-- version = 3
-- title = "Failed sign-ins"
-- purpose = "Every rejected attempt to sign in, so that a reviewer can follow up repeated failures and those of no or a closed account."
-- kind = "indicator"
-- time = "period"
-- reads = ["sign_ins", "accounts"]
-- requires = ["sign_in_failures"]
-- fallback = "failed_login_counters"
-- denominator = "attempts"
-- denominator_noun = "sign-ins of known outcome"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- threshold = { type = "integer", default = 5, help = "Failures per account in the window from which they are flagged." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- reason = { label = "Reason", type = "text" }
-- source_ip = { label = "Address", type = "text" }
-- system = { label = "System", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- failures = { label = "Failures of this account", type = "integer" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH attempts AS (
    SELECT occurred_at, username, user_id, event_outcome, reason, source_ip, system, reported_by, source_ref
    FROM sign_ins
    WHERE event_outcome IN ('succeeded', 'failed', 'refused') AND occurred_at >= $since AND occurred_at < $until
),
failures AS (
    SELECT
        s.occurred_at, s.username, s.event_outcome, s.reason, s.source_ip, s.system, s.reported_by, s.source_ref,
        s.user_id, a.active,
        count(*) OVER (PARTITION BY LOWER(s.username)) AS failures
    FROM attempts AS s
    LEFT JOIN accounts AS a ON a.user_id = s.user_id
    WHERE s.event_outcome <> 'succeeded'
)
SELECT
    occurred_at, username, event_outcome, reason, source_ip, system, reported_by, failures,
    CASE
        WHEN failures >= $threshold THEN 'failures of this account in the window: ' || CAST(failures AS VARCHAR)
        WHEN user_id IS NULL AND EXISTS (SELECT 1 FROM accounts) THEN 'there is no account of this name'
        WHEN NOT active THEN 'the account is not active'
    END AS flag_reason,
    source_ref
FROM failures
ORDER BY occurred_at, source_ref
