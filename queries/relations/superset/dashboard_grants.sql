-- The roles that a dashboard was given to. Superset heeds them only where its feature DASHBOARD_RBAC is on.
SELECT
    'dashboard_roles:' || dr.id AS source_ref, d.id AS dashboard_id, d.dashboard_title AS dashboard, d.published, r.id AS role_id, r.name AS role
FROM raw.dashboard_roles AS dr
INNER JOIN raw.dashboards AS d ON d.id = dr.dashboard_id
INNER JOIN raw.ab_role AS r ON r.id = dr.role_id
ORDER BY d.dashboard_title, r.name, dr.id
