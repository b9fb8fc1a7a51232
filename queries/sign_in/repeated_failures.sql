-- /// audit
-- id = "repeated_failures"
-- version = 1
-- title = "Accounts with repeated failures"
-- purpose = "Accounts with more failed sign-ins in the window than the threshold, with what came after."
-- kind = "indicator"
-- time = "period"
-- reads = ["sign_ins"]
-- requires = ["sign_in_failures"]
-- fallback = "failed_login_counters"
-- denominator = "sign_ins"
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
WITH failures AS (
    SELECT
        LOWER(username) AS account, min(username) AS username, count(*) AS failures, min(occurred_at) AS first_at,
        max(occurred_at) AS last_at, count(DISTINCT source_ip) AS addresses, max(user_id) IS NOT NULL AS known_account
    FROM sign_ins
    WHERE occurred_at >= $since AND occurred_at < $until AND event_outcome IN ('failed', 'refused')
    GROUP BY LOWER(username)
    HAVING count(*) > $threshold
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
