-- /// audit
-- id = "accounts_created"
-- version = 1
-- title = "Accounts created"
-- purpose = "Accounts that were created in the period and still exist: the population for tests of authorisation."
-- kind = "listing"
-- time = "as_of"
-- reads = ["accounts"]
-- requires = ["accounts_now"]
-- denominator = "accounts"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- created_at = { label = "Created (UTC)", type = "datetime" }
-- created_local = { label = "Created (server-local)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- full_name = { label = "Name", type = "text" }
-- email = { label = "E-mail", type = "text" }
-- active = { label = "Active", type = "boolean" }
-- roles = { label = "Roles now", type = "text" }
-- created_by = { label = "Created by", type = "text" }
-- doubt = { label = "Doubt", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- A zone is at most 12 hours behind UTC and 14 ahead: where the server's is not declared, no account is left out.
SELECT
    created_at, created_local, username, full_name, email, active, roles, created_by,
    CASE
        WHEN created_local IS NULL THEN 'no time of creation is stored'
        WHEN created_at IS NULL THEN 'server-local, zone not declared: it may lie outside the period by some hours'
    END AS doubt,
    source_ref
FROM accounts
WHERE (created_at >= $since AND created_at < $until)
    OR (created_at IS NULL AND created_local >= $since - INTERVAL '12' HOUR AND created_local < $until + INTERVAL '14' HOUR)
    OR created_local IS NULL
ORDER BY created_at, created_local, username, source_ref
