-- /// audit
-- id = "public_access"
-- version = 2
-- title = "Access without an account"
-- purpose = "What the role Public may do, which everybody has who is not signed in; no row means that nothing is granted to it."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["entitlements", "dashboard_grants"]
-- requires = ["entitlements_now"]
-- denominator = "given"
-- denominator_noun = "permissions and dashboards given to roles"
-- key = ["source_ref"]
-- [columns]
-- may = { label = "May", type = "text", help = "As Superset stores it where no words are known." }
-- reach = { label = "Reaches", type = "text", help = "Data, content, or security: who may do what. Empty: none of them, or not known." }
-- permission = { label = "Permission", type = "text" }
-- view_menu = { label = "On", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- A draft is opened by its owners only, whatever roles it was given to.
WITH given AS (
    SELECT
        role, may, reach, permission, view_menu, source_ref,
        CASE WHEN reach IS NOT NULL THEN 'reaches ' || reach || ' without an account' END AS flag_reason
    FROM entitlements
    UNION ALL
    SELECT
        role, 'open dashboard ' || dashboard, 'data', 'role of the dashboard', dashboard, source_ref,
        CASE WHEN coalesce(published, TRUE) THEN 'open without an account where DASHBOARD_RBAC is on' END
    FROM dashboard_grants
)
SELECT may, reach, permission, view_menu, flag_reason, source_ref
FROM given
WHERE role = 'Public'
ORDER BY CASE reach WHEN 'security' THEN 1 WHEN 'data' THEN 2 WHEN 'content' THEN 3 ELSE 4 END, may, source_ref
