-- The row-level-security rules of each dataset, with whom they bind: a Regular rule the roles named, a Base rule all others.
WITH named AS (
    SELECT b.rls_filter_id, string_agg(DISTINCT r.name, ', ' ORDER BY r.name) AS roles
    FROM raw.rls_filter_roles AS b
    INNER JOIN raw.ab_role AS r ON r.id = b.role_id
    GROUP BY b.rls_filter_id
)
SELECT DISTINCT
    'row_level_security_filters:' || f.id AS source_ref,
    CAST(t.id AS VARCHAR) AS dataset_id,
    f.name || CASE
        WHEN lower(f.filter_type) = 'base' THEN ' (for all' || coalesce(' but ' || n.roles, '') || ')'
        ELSE ' (for ' || coalesce(n.roles, 'nobody') || ')'
    END AS rule
FROM raw.row_level_security_filters AS f
INNER JOIN raw.rls_filter_tables AS b ON b.rls_filter_id = f.id
INNER JOIN raw.tables AS t ON t.id = b.table_id
LEFT JOIN named AS n ON n.rls_filter_id = f.id
ORDER BY source_ref, dataset_id
