-- /// audit
-- id = "access_listing"
-- version = 1
-- title = "Access listing"
-- purpose = "Who has which role, directly or by group, as of the read point: the population for an access review."
-- kind = "listing"
-- time = "as_of"
-- reads = ["accounts", "grants"]
-- requires = ["accounts_now"]
-- denominator = "accounts"
-- key = ["source_ref"]
-- [columns]
-- username = { label = "Account", type = "text" }
-- full_name = { label = "Name", type = "text" }
-- email = { label = "E-mail", type = "text" }
-- active = { label = "Active", type = "boolean" }
-- role = { label = "Role", type = "text" }
-- via = { label = "Granted", type = "text" }
-- is_admin = { label = "Administrator", type = "boolean" }
-- created_local = { label = "Created (server-local)", type = "datetime" }
-- last_activity_at = { label = "Last activity (UTC)", type = "datetime" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    a.username, a.full_name, a.email, a.active, g.role, g.via, a.is_admin, a.created_local, a.last_activity_at,
    coalesce(g.source_ref, a.source_ref) AS source_ref
FROM accounts AS a
LEFT JOIN grants AS g ON g.user_id = a.user_id
ORDER BY a.username, g.role, g.via, source_ref
