-- /// audit
-- id = "success_after_failures"
-- version = 2
-- title = "Success after a burst of failures"
-- purpose = "A sign-in that succeeded right after a burst of failures of the same account: somebody may have guessed the password."
-- kind = "indicator"
-- time = "period"
-- reads = ["sign_ins"]
-- requires = ["sign_in_failures", "sign_in_successes"]
-- fallback = "failed_login_counters"
-- denominator = "succeeded"
-- denominator_noun = "successful sign-ins"
-- lookback = "1d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- threshold = { type = "integer", default = 5, help = "Failures before the success." }
-- minutes = { type = "integer", default = 30, maximum = 1440, help = "How long before the success they may lie, in minutes." }
-- [columns]
-- occurred_at = { label = "Success (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- failures = { label = "Failures before", type = "integer" }
-- first_failure_at = { label = "First failure (UTC)", type = "datetime" }
-- last_failure_at = { label = "Last failure (UTC)", type = "datetime" }
-- source_ip = { label = "Address of the success", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH succeeded AS (
    SELECT occurred_at, username, source_ip, reported_by, source_ref
    FROM sign_ins
    WHERE event_outcome = 'succeeded' AND occurred_at >= $since AND occurred_at < $until
),
preceded AS (
    SELECT
        s.occurred_at, s.username, s.source_ip, s.reported_by, s.source_ref,
        count(*) AS failures, min(f.occurred_at) AS first_failure_at, max(f.occurred_at) AS last_failure_at
    FROM succeeded AS s
    INNER JOIN sign_ins AS f
        ON LOWER(f.username) = LOWER(s.username) AND f.event_outcome IN ('failed', 'refused')
        AND f.occurred_at < s.occurred_at AND f.occurred_at >= s.occurred_at - $minutes * INTERVAL '1' MINUTE
    GROUP BY s.occurred_at, s.username, s.source_ip, s.reported_by, s.source_ref
)
SELECT occurred_at, username, failures, first_failure_at, last_failure_at, source_ip, reported_by, source_ref
FROM preceded
WHERE failures >= $threshold
ORDER BY occurred_at, source_ref
