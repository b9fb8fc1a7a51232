-- /// audit
-- id = "failed_login_counters"
-- version = 1
-- title = "Counters of failed sign-ins"
-- purpose = "Accounts whose counter of failed sign-ins is not zero: all that a Superset without sign-in rows still knows."
-- kind = "listing"
-- time = "as_of"
-- reads = ["accounts"]
-- requires = ["accounts_now"]
-- denominator = "accounts"
-- key = ["source_ref"]
-- [columns]
-- username = { label = "Account", type = "text" }
-- active = { label = "Active", type = "boolean" }
-- fail_login_count = { label = "Failures since last success", type = "integer", help = "The number counts rejected passwords of known, active accounts since their last success, which sets it to 0. It has no time and no address, and names that are unknown or not active are not counted." }
-- login_count = { label = "Successes", type = "integer" }
-- last_login_local = { label = "Last sign-in (server-local)", type = "datetime" }
-- last_login_at = { label = "Last sign-in (UTC)", type = "datetime" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT username, active, fail_login_count, login_count, last_login_local, last_login_at, source_ref
FROM accounts
WHERE fail_login_count > 0
ORDER BY fail_login_count DESC, username, source_ref
