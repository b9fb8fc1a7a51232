-- What is in a declared scope. A declared table brings the datasets on it (also virtual ones whose SQL names it), a
-- dataset its charts, a chart the dashboards it stands on; a declared dashboard brings its charts.
WITH RECURSIVE physical AS (
    SELECT t.id AS dataset_id, t.database_id, d.database_name, t.schema AS schema_name, t.table_name
    FROM raw.tables AS t
    LEFT JOIN raw.dbs AS d ON d.id = t.database_id
    UNION
    SELECT t.id, t.database_id, d.database_name, coalesce(s.schema_name, t.schema), s.table_name
    FROM raw.tables AS t
    INNER JOIN sql_tables AS s ON s.sql_sha256 = sha256(t.sql)
    LEFT JOIN raw.dbs AS d ON d.id = t.database_id
),
declared AS (
    SELECT e.scope, 'database' AS object_type, s.object_id, s.name, 'declared' AS via, e.entry
    FROM raw.scope_entries AS e
    INNER JOIN state AS s ON e.list = 'databases' AND s.object_type = 'database' AND lower(s.name) = lower(e.entry)
    UNION ALL
    SELECT e.scope, 'table', e.entry, e.entry, 'declared', e.entry
    FROM raw.scope_entries AS e
    WHERE e.list = 'tables'
    UNION ALL
    SELECT e.scope, 'dataset', s.object_id, s.name, 'declared', e.entry
    FROM raw.scope_entries AS e
    INNER JOIN state AS s ON e.list = 'datasets' AND s.object_type = 'dataset'
        AND (s.object_id = e.entry OR lower(s.name) = lower(e.entry) OR lower(split_part(s.name, '.', -1)) = lower(e.entry))
    UNION ALL
    SELECT e.scope, 'dashboard', s.object_id, s.name, 'declared', e.entry
    FROM raw.scope_entries AS e
    INNER JOIN state AS s ON e.list = 'dashboards' AND s.object_type = 'dashboard'
        AND (s.object_id = e.entry OR lower(s.slug) = lower(e.entry))
),
resolved AS (
    SELECT * FROM declared
    UNION
    (
        SELECT r.scope, 'dataset', CAST(p.dataset_id AS VARCHAR), s.name,
            CASE r.object_type WHEN 'table' THEN 'on table ' ELSE 'in database ' END || r.name, r.entry
        FROM resolved AS r
        INNER JOIN physical AS p
            ON (r.object_type = 'database' AND r.object_id = CAST(p.database_id AS VARCHAR))
            OR (r.object_type = 'table' AND lower(r.name) IN (
                lower(p.table_name), lower(p.schema_name || '.' || p.table_name),
                lower(p.database_name || '.' || p.schema_name || '.' || p.table_name)
            ))
        INNER JOIN state AS s ON s.object_type = 'dataset' AND s.object_id = CAST(p.dataset_id AS VARCHAR)
        UNION
        SELECT r.scope, 'chart', s.object_id, s.name, 'on dataset ' || r.name, r.entry
        FROM resolved AS r
        INNER JOIN state AS s ON s.object_type = 'chart' AND r.object_type = 'dataset'
            AND r.object_id = CAST(s.dataset_id AS VARCHAR)
        UNION
        SELECT r.scope, 'dashboard', s.object_id, s.name, 'shows chart ' || r.name, r.entry
        FROM resolved AS r
        INNER JOIN raw.dashboard_slices AS ds ON r.object_type = 'chart' AND r.object_id = CAST(ds.slice_id AS VARCHAR)
            AND r.via NOT LIKE 'on dashboard %'
        INNER JOIN state AS s ON s.object_type = 'dashboard' AND s.object_id = CAST(ds.dashboard_id AS VARCHAR)
        UNION
        SELECT r.scope, 'chart', s.object_id, s.name, 'on dashboard ' || r.name, r.entry
        FROM resolved AS r
        INNER JOIN raw.dashboard_slices AS ds ON r.object_type = 'dashboard' AND r.via = 'declared'
            AND r.object_id = CAST(ds.dashboard_id AS VARCHAR)
        INNER JOIN state AS s ON s.object_type = 'chart' AND s.object_id = CAST(ds.slice_id AS VARCHAR)
    )
)
SELECT DISTINCT scope, object_type, object_id, name, via, entry
FROM resolved
ORDER BY scope, object_type, object_id, via, entry
