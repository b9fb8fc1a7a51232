-- What each role may do at the read point; names of datasets and databases end with (id:N).
SELECT
    'ab_permission_view_role:' || pr.id AS source_ref,
    r.id AS role_id,
    r.name AS role,
    p.name AS permission,
    v.name AS view_menu,
    TRY_CAST(nullif(regexp_extract(v.name, '\(id:(\d+)\)$', 1), '') AS BIGINT) AS dataset_id
FROM raw.ab_permission_view_role AS pr
INNER JOIN raw.ab_role AS r ON r.id = pr.role_id
INNER JOIN raw.ab_permission_view AS pv ON pv.id = pr.permission_view_id
INNER JOIN raw.ab_permission AS p ON p.id = pv.permission_id
INNER JOIN raw.ab_view_menu AS v ON v.id = pv.view_menu_id
ORDER BY r.name, p.name, v.name, pr.id
