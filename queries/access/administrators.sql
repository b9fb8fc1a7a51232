-- /// audit
-- id = "administrators"
-- version = 1
-- title = "Administrators"
-- purpose = "Everybody who holds Admin, or a role that may change accounts, roles or row-level security, with the way it was given."
-- kind = "listing"
-- time = "as_of"
-- reads = ["accounts", "grants", "entitlements"]
-- requires = ["accounts_now", "entitlements_now"]
-- denominator = "accounts"
-- key = ["source_ref"]
-- [columns]
-- username = { label = "Account", type = "text" }
-- full_name = { label = "Name", type = "text" }
-- active = { label = "Active", type = "boolean" }
-- role = { label = "Role", type = "text" }
-- via = { label = "Granted", type = "text" }
-- last_activity_at = { label = "Last activity (UTC)", type = "datetime" }
-- may = { label = "May", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- Admin may do everything, whatever permissions are stored with it.
WITH security AS (
    SELECT role_id, string_agg(DISTINCT may, ', ' ORDER BY may) AS may
    FROM entitlements
    WHERE reach = 'security'
    GROUP BY role_id
)
SELECT
    a.username, a.full_name, a.active, g.role, g.via, a.last_activity_at,
    CASE WHEN g.role = 'Admin' THEN 'do everything' ELSE s.may END AS may,
    g.source_ref
FROM grants AS g
INNER JOIN accounts AS a ON a.user_id = g.user_id
LEFT JOIN security AS s ON s.role_id = g.role_id
WHERE g.role = 'Admin' OR s.role_id IS NOT NULL
ORDER BY a.username, g.role, g.via, g.source_ref
