-- /// audit
-- id = "repeated_failures"
-- version = 2
-- title = "Accounts with repeated failures"
-- purpose = "Accounts with more failed sign-ins in the window than the threshold, with what came after."
-- kind = "indicator"
-- time = "period"
-- reads = ["sign_ins"]
-- requires = ["sign_in_failures"]
-- fallback = "failed_login_counters"
-- denominator = "tried"
-- denominator_noun = "accounts that tried to sign in"
-- key = ["username"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- threshold = { type = "integer", default = 5, help = "Accounts with more failures than this are shown." }
-- [columns]
-- username = { label = "Account", type = "text" }
-- failures = { label = "Failures", type = "integer" }
-- first_at = { label = "First (UTC)", type = "datetime" }
-- last_at = { label = "Last (UTC)", type = "datetime" }
-- addresses = { label = "Addresses", type = "integer" }
-- succeeded_after = { label = "Success after the last (UTC)", type = "datetime" }
-- known_account = { label = "Known account", type = "boolean" }
-- ///
WITH tried AS (
    SELECT LOWER(username) AS account, count(CASE WHEN event_outcome <> 'succeeded' THEN 1 END) AS failures
    FROM sign_ins
    WHERE event_outcome IN ('succeeded', 'failed', 'refused') AND occurred_at >= $since AND occurred_at < $until
    GROUP BY LOWER(username)
),
failures AS (
    SELECT
        t.account, min(s.username) AS username, t.failures, min(s.occurred_at) AS first_at, max(s.occurred_at) AS last_at,
        count(DISTINCT s.source_ip) AS addresses, max(s.user_id) IS NOT NULL AS known_account
    FROM tried AS t
    INNER JOIN sign_ins AS s ON LOWER(s.username) = t.account AND s.event_outcome IN ('failed', 'refused')
    WHERE t.failures > $threshold AND s.occurred_at >= $since AND s.occurred_at < $until
    GROUP BY t.account, t.failures
)
SELECT
    f.username, f.failures, f.first_at, f.last_at, f.addresses,
    min(s.occurred_at) AS succeeded_after,
    f.known_account
FROM failures AS f
LEFT JOIN sign_ins AS s
    ON LOWER(s.username) = f.account AND s.event_outcome = 'succeeded' AND s.occurred_at > f.last_at
    AND s.occurred_at < $until
GROUP BY f.username, f.failures, f.first_at, f.last_at, f.addresses, f.known_account
ORDER BY f.failures DESC, f.username
