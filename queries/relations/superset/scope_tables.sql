-- The known tables that a scope declares, by their name or by their schema; and the same tables by every other connection
-- to their database, whether or not anything is known to have reached them there.
WITH named AS (
    SELECT DISTINCT e.scope, e.entry, e.list = 'schemas' AS by_schema, k.database_id, k.database_name, k.schema_name, k.table_name, k.dataset_id
    FROM raw.scope_entries AS e
    INNER JOIN known_tables AS k
        ON (e.list = 'tables' AND is_named(e.entry, k.database_name, k.schema_name, k.table_name))
        OR (e.list = 'schemas' AND is_schema(e.entry, k.database_name, k.schema_name))
),
elsewhere AS (
    SELECT
        n.scope, n.entry, n.by_schema, b.database_id, b.database_name, coalesce(k.schema_name, n.schema_name) AS schema_name,
        coalesce(k.table_name, n.table_name) AS table_name, k.dataset_id, min(a.database_name) AS same_as
    FROM named AS n
    INNER JOIN connections AS a ON a.database_id = n.database_id
    INNER JOIN connections AS b ON b.place_id = a.place_id AND b.database_id <> a.database_id
    LEFT JOIN known_tables AS k
        ON k.database_id = b.database_id AND lower(k.schema_name) IS NOT DISTINCT FROM lower(n.schema_name)
        AND (n.by_schema OR lower(k.table_name) = lower(n.table_name))
    GROUP BY ALL
)
SELECT scope, entry, by_schema, database_id, database_name, schema_name, table_name, dataset_id, NULL AS same_as
FROM named
UNION
SELECT scope, entry, by_schema, database_id, database_name, schema_name, table_name, dataset_id, same_as
FROM elsewhere AS e
WHERE NOT EXISTS (
    SELECT 1 FROM named AS n
    WHERE n.scope = e.scope AND n.entry = e.entry AND n.database_id = e.database_id AND lower(n.table_name) = lower(e.table_name)
        AND lower(n.schema_name) IS NOT DISTINCT FROM lower(e.schema_name)
)
ORDER BY ALL
