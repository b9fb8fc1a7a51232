-- /// audit
-- id = "sign_ins"
-- version = 1
-- title = "Sign-ins"
-- purpose = "Every attempt to sign in, with what became of it."
-- kind = "listing"
-- time = "period"
-- reads = ["sign_ins"]
-- requires = ["sign_in_successes", "sign_in_failures"]
-- fallback = "failed_login_counters"
-- denominator = "sign_ins"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- reason = { label = "Reason", type = "text" }
-- source_ip = { label = "Address", type = "text" }
-- system = { label = "System", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT occurred_at, username, event_outcome, reason, source_ip, system, reported_by, source_ref
FROM sign_ins
WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
