-- What is in a declared scope. A declared table or schema brings the datasets on it (also virtual ones whose SQL names
-- it), a dataset its charts, a chart the dashboards it stands on; a declared dashboard brings its charts.
WITH RECURSIVE
-- Schemas that are known: tables of theirs are, or Superset made a permission for each when it looked at the database.
schemas AS (
    SELECT scope, entry FROM scope_tables WHERE by_schema
    UNION
    SELECT e.scope, e.entry
    FROM raw.scope_entries AS e
    CROSS JOIN raw.ab_permission_view AS pv
    INNER JOIN raw.ab_permission AS p ON p.id = pv.permission_id AND p.name = 'schema_access'
    INNER JOIN raw.ab_view_menu AS v ON v.id = pv.view_menu_id
    INNER JOIN raw.dbs AS d ON starts_with(v.name, '[' || d.database_name || '].')
    WHERE e.list = 'schemas' AND is_schema(e.entry, d.database_name, regexp_extract(v.name, '\.\[([^\[\]]*)\]$', 1))
),
tagged AS (
    SELECT 'tag:' || lower(t.name) AS entry, CAST(o.object_id AS VARCHAR) AS dashboard_id
    FROM raw.tagged_object AS o
    INNER JOIN raw.tag AS t ON t.id = o.tag_id
    WHERE lower(o.object_type) = 'dashboard'
),
declared AS (
    SELECT e.scope, 'database' AS object_type, s.object_id, s.name, 'declared' AS via, e.entry
    FROM raw.scope_entries AS e
    INNER JOIN state AS s ON e.list = 'databases' AND s.object_type = 'database' AND lower(s.name) = lower(e.entry)
    UNION ALL
    SELECT scope, 'schema', entry, entry, 'declared', entry
    FROM schemas
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
        AND (
            s.object_id = e.entry
            OR lower(s.slug) = lower(e.entry)
            OR (contains(e.entry, '*') AND s.name ILIKE as_pattern(e.entry) ESCAPE '\')
            OR (lower(e.entry), s.object_id) IN (SELECT entry, dashboard_id FROM tagged)
        )
    UNION ALL
    -- Without a table of dashboards, an id is all that the log can be held against.
    SELECT e.scope, 'dashboard', e.entry, e.entry, 'declared', e.entry
    FROM raw.scope_entries AS e
    WHERE e.list = 'dashboards' AND regexp_full_match(e.entry, '\d+') AND NOT EXISTS (SELECT 1 FROM raw.dashboards)
    UNION ALL
    -- What is gone had an id below the highest: acts on it still name that id.
    SELECT e.scope, g.object_type, e.entry, e.entry || ' (no longer there)', 'declared', e.entry
    FROM raw.scope_entries AS e
    INNER JOIN (
        SELECT 'dashboards' AS list, 'dashboard' AS object_type, max(id) AS highest FROM raw.dashboards
        UNION ALL
        SELECT 'datasets', 'dataset', max(id) FROM raw.tables
    ) AS g ON g.list = e.list AND TRY_CAST(e.entry AS BIGINT) BETWEEN 1 AND g.highest
    WHERE NOT EXISTS (FROM state AS s WHERE s.object_type = g.object_type AND s.object_id = e.entry)
    UNION ALL
    SELECT 'sensitive', 'dashboard', s.object_id, s.name, 'dashboards.is_sensitive', 'dashboards.is_sensitive'
    FROM raw.dashboards AS b
    INNER JOIN state AS s ON s.object_type = 'dashboard' AND s.object_id = CAST(b.id AS VARCHAR)
    WHERE b.is_sensitive
),
resolved AS (
    SELECT * FROM declared
    UNION
    (
        SELECT r.scope, 'database', CAST(b.database_id AS VARCHAR), b.database_name, 'same database as ' || r.name, r.entry
        FROM resolved AS r
        INNER JOIN connections AS a ON r.object_type = 'database' AND r.via = 'declared' AND r.object_id = CAST(a.database_id AS VARCHAR)
        INNER JOIN connections AS b ON b.place_id = a.place_id AND b.database_id <> a.database_id
        UNION
        SELECT r.scope, 'dataset', s.object_id, s.name, 'in database ' || r.name, r.entry
        FROM resolved AS r
        INNER JOIN state AS s ON s.object_type = 'dataset' AND r.object_type = 'database'
            AND r.object_id = CAST(s.database_id AS VARCHAR)
        UNION
        SELECT r.scope, 'dataset', s.object_id, s.name, 'on ' || r.object_type || ' ' || r.name || by_connection(t.same_as, t.database_name), r.entry
        FROM resolved AS r
        INNER JOIN scope_tables AS t
            ON r.object_type = CASE WHEN t.by_schema THEN 'schema' ELSE 'table' END
            AND t.scope = r.scope AND t.entry = r.entry
        INNER JOIN state AS s ON s.object_type = 'dataset' AND s.object_id = CAST(t.dataset_id AS VARCHAR)
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
        INNER JOIN raw.dashboard_slices AS ds ON r.object_type = 'dashboard' AND r.via IN ('declared', 'dashboards.is_sensitive')
            AND r.object_id = CAST(ds.dashboard_id AS VARCHAR)
        INNER JOIN state AS s ON s.object_type = 'chart' AND s.object_id = CAST(ds.slice_id AS VARCHAR)
    )
)
SELECT DISTINCT scope, object_type, object_id, name, via, entry
FROM resolved
ORDER BY scope, object_type, object_id, via, entry
