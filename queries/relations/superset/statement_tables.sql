-- The tables that each statement names; a table without a schema is in the statement's default schema.
SELECT DISTINCT
    s.source_ref,
    s.database_id,
    s.database_name,
    coalesce(t.schema_name, s.schema_name) AS schema_name,
    t.table_name
FROM statements AS s
INNER JOIN sql_tables AS t ON t.sql_sha256 = s.sql_sha256
ORDER BY ALL
