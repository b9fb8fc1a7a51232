-- The known tables that a scope declares, by their name or by their schema.
SELECT DISTINCT e.scope, e.entry, e.list = 'schemas' AS by_schema, k.database_id, k.database_name, k.schema_name, k.table_name, k.dataset_id
FROM raw.scope_entries AS e
INNER JOIN known_tables AS k
    ON (e.list = 'tables' AND is_named(e.entry, k.database_name, k.schema_name, k.table_name))
    OR (e.list = 'schemas' AND is_schema(e.entry, k.database_name, k.schema_name))
ORDER BY ALL
