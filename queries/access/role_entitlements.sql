-- /// audit
-- id = "role_entitlements"
-- version = 1
-- title = "Permissions of roles"
-- purpose = "What each role may do, in words, and how many accounts have it: the population for a review of roles."
-- kind = "listing"
-- time = "as_of"
-- reads = ["entitlements", "grants"]
-- requires = ["entitlements_now", "accounts_now"]
-- denominator = "entitlements"
-- key = ["source_ref"]
-- [columns]
-- role = { label = "Role", type = "text" }
-- may = { label = "May", type = "text", help = "As Superset stores it where no words are known." }
-- reach = { label = "Reaches", type = "text", help = "Data, content, or security: who may do what. Empty: none of them, or not known." }
-- accounts = { label = "Accounts", type = "integer", help = "Accounts with the role, directly or by group." }
-- active_accounts = { label = "Of them active", type = "integer" }
-- permission = { label = "Permission", type = "text" }
-- view_menu = { label = "On", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- What reaches furthest comes first in each role.
WITH holders AS (
    SELECT role_id, count(DISTINCT user_id) AS accounts, count(DISTINCT CASE WHEN active THEN user_id END) AS active_accounts
    FROM grants
    GROUP BY role_id
)
SELECT
    e.role, e.may, e.reach, coalesce(h.accounts, 0) AS accounts, coalesce(h.active_accounts, 0) AS active_accounts, e.permission,
    e.view_menu, e.source_ref
FROM entitlements AS e
LEFT JOIN holders AS h ON h.role_id = e.role_id
ORDER BY
    e.role, CASE e.reach WHEN 'security' THEN 1 WHEN 'data' THEN 2 WHEN 'content' THEN 3 ELSE 4 END, e.may, e.permission, e.view_menu,
    e.source_ref
