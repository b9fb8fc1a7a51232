-- Row-level-security rules with what they bind: datasets and roles that are gone bind nothing.
WITH bound_datasets AS (
    SELECT rls_filter_id, string_agg(name, ', ' ORDER BY name) AS names
    FROM (
        SELECT DISTINCT b.rls_filter_id, concat_ws('.', t.schema, t.table_name) AS name
        FROM raw.rls_filter_tables AS b
        INNER JOIN raw.tables AS t ON t.id = b.table_id
    )
    GROUP BY rls_filter_id
),
bound_roles AS (
    SELECT b.rls_filter_id, string_agg(DISTINCT r.name, ', ' ORDER BY r.name) AS names
    FROM raw.rls_filter_roles AS b
    INNER JOIN raw.ab_role AS r ON r.id = b.role_id
    GROUP BY b.rls_filter_id
)
SELECT
    'row_level_security_filters:' || f.id AS source_ref,
    f.name,
    f.filter_type,
    t.names AS datasets,
    r.names AS roles,
    u.username AS changed_by,
    to_utc(f.changed_on, c.server_zone) AS changed_at
FROM raw.row_level_security_filters AS f
CROSS JOIN run_context AS c
LEFT JOIN bound_datasets AS t ON t.rls_filter_id = f.id
LEFT JOIN bound_roles AS r ON r.rls_filter_id = f.id
LEFT JOIN raw.ab_user AS u ON u.id = f.changed_by_fk
ORDER BY f.id
