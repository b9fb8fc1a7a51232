-- /// audit
-- id = "admins_not_approved"
-- version = 2
-- title = "Administrators not approved"
-- purpose = "Accounts that hold Admin, directly or by group, and are not on the list of approved administrators."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["accounts", "grants", "approved_admins"]
-- requires = ["approved_admins_file", "accounts_now"]
-- denominator = "held"
-- denominator_noun = "grants of Admin"
-- key = ["source_ref"]
-- [columns]
-- username = { label = "Account", type = "text" }
-- full_name = { label = "Name", type = "text" }
-- email = { label = "E-mail", type = "text" }
-- active = { label = "Active", type = "boolean" }
-- via = { label = "Admin granted", type = "text" }
-- last_activity_at = { label = "Last activity (UTC)", type = "datetime" }
-- approved_by = { label = "Approved by", type = "text" }
-- approved_on = { label = "Approved on", type = "date" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- An account may be on the list twice, once by name and once by e-mail: its first line counts.
WITH approved AS (
    SELECT user_id, approved_by, approved_on, row_number() OVER (PARTITION BY user_id ORDER BY line) AS nth
    FROM approved_admins
),
held AS (
    SELECT user_id, via, source_ref
    FROM grants
    WHERE role = 'Admin'
)
SELECT
    a.username, a.full_name, a.email, a.active, g.via, a.last_activity_at, p.approved_by, p.approved_on,
    CASE WHEN p.user_id IS NULL THEN 'holds Admin and is not on the list of approved administrators' END AS flag_reason,
    g.source_ref
FROM held AS g
INNER JOIN accounts AS a ON a.user_id = g.user_id
LEFT JOIN approved AS p ON p.user_id = a.user_id AND p.nth = 1
ORDER BY a.username, g.via, g.source_ref
