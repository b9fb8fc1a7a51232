-- Who has which role at the read point. These tables keep neither when a role was given nor by whom.
SELECT
    'ab_user_role:' || ur.id AS source_ref, u.id AS user_id, u.username, u.active, r.id AS role_id, r.name AS role,
    'direct' AS via
FROM raw.ab_user_role AS ur
INNER JOIN raw.ab_user AS u ON u.id = ur.user_id
INNER JOIN raw.ab_role AS r ON r.id = ur.role_id
UNION ALL
SELECT
    'ab_user_group:' || ug.id || '/ab_group_role:' || gr.id, u.id, u.username, u.active, r.id, r.name, 'group:' || g.name
FROM raw.ab_user_group AS ug
INNER JOIN raw.ab_user AS u ON u.id = ug.user_id
INNER JOIN raw.ab_group AS g ON g.id = ug.group_id
INNER JOIN raw.ab_group_role AS gr ON gr.group_id = g.id
INNER JOIN raw.ab_role AS r ON r.id = gr.role_id
ORDER BY username, role, via, source_ref
