-- Which acts and statements reach into a declared scope. An act reaches it by its dashboard, chart, dataset, or by the
-- statement whose rows it took; a statement by a table that it names, the schema of one, or by its database.
WITH
-- By which connections a statement may reach a dataset's database: its own, and others that lead there.
leads AS (
    SELECT DISTINCT database_id, database_id AS home_id, NULL AS same_as FROM statement_tables
    UNION ALL
    SELECT b.database_id, a.database_id, a.database_name
    FROM connections AS a
    INNER JOIN connections AS b ON b.place_id = a.place_id AND b.database_id <> a.database_id
),
statement_touches AS (
    SELECT
        t.source_ref, d.scope,
        CASE WHEN d.by_schema THEN 'schema ' ELSE 'table ' END || d.entry || by_connection(d.same_as, d.database_name) AS via
    FROM statement_tables AS t
    INNER JOIN scope_tables AS d
        ON d.table_name = t.table_name AND d.schema_name IS NOT DISTINCT FROM t.schema_name
        AND d.database_id IS NOT DISTINCT FROM t.database_id
        AND (t.database_id IS NOT NULL OR d.database_name IS NOT DISTINCT FROM t.database_name)
    UNION
    -- A table under a declared dataset counts as well when it is named in SQL; where one of the two names no schema, it
    -- may be another table of that name.
    SELECT
        t.source_ref, o.scope,
        'dataset ' || o.name || by_connection(l.same_as, t.database_name) || CASE WHEN bool_and(p.schema IS NULL OR t.schema_name IS NULL)
            THEN ' (possibly: whether the schema is the same is not known)' ELSE '' END
    FROM statement_tables AS t
    INNER JOIN leads AS l ON l.database_id = t.database_id
    INNER JOIN raw.tables AS p
        ON lower(p.table_name) = lower(t.table_name) AND p.database_id = l.home_id AND p.sql IS NULL
        AND coalesce(lower(p.schema) = lower(t.schema_name), TRUE) AND coalesce(lower(p.catalog) = lower(t.catalog), TRUE)
    INNER JOIN scope_objects AS o ON o.object_type = 'dataset' AND o.object_id = CAST(p.id AS VARCHAR)
    GROUP BY t.source_ref, o.scope, o.name, l.same_as, t.database_name
    UNION
    SELECT s.source_ref, o.scope, 'database ' || o.name
    FROM statements AS s
    INNER JOIN scope_objects AS o ON o.object_type = 'database' AND o.object_id = CAST(s.database_id AS VARCHAR)
),
event_objects AS (
    SELECT source_ref, 'dashboard' AS object_type, CAST(dashboard_id AS VARCHAR) AS object_id
    FROM events WHERE dashboard_id IS NOT NULL AND chart_id IS NULL
    UNION ALL
    SELECT source_ref, 'chart', CAST(chart_id AS VARCHAR) FROM events WHERE chart_id IS NOT NULL
    UNION ALL
    SELECT source_ref, 'dataset', CAST(dataset_id AS VARCHAR) FROM events WHERE dataset_id IS NOT NULL
    UNION ALL
    SELECT source_ref, object_type, unnest(string_split(object_id, ','))
    FROM events WHERE object_type IN ('dashboard', 'chart', 'dataset', 'database') AND object_id IS NOT NULL
)
SELECT source_ref, scope, string_agg(DISTINCT via, '; ' ORDER BY via) AS via
FROM (
    SELECT source_ref, scope, via FROM statement_touches
    UNION
    SELECT e.source_ref, t.scope, 'statement ' || e.statement_ref || ': ' || t.via
    FROM events AS e
    INNER JOIN statement_touches AS t ON t.source_ref = e.statement_ref
    UNION
    SELECT e.source_ref, o.scope, o.object_type || ' ' || o.name
    FROM event_objects AS e
    INNER JOIN scope_objects AS o ON o.object_type = e.object_type AND o.object_id = e.object_id
)
GROUP BY source_ref, scope
ORDER BY source_ref, scope
