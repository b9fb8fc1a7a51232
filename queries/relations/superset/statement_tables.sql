-- The tables that each statement names; without a schema or a catalog it is in the statement's own.
SELECT DISTINCT
    s.source_ref,
    s.database_id,
    s.database_name,
    coalesce(t.catalog, s.catalog) AS catalog,
    coalesce(t.schema_name, s.schema_name) AS schema_name,
    t.table_name
FROM statements AS s
INNER JOIN sql_tables AS t ON t.sql_sha256 = s.sql_sha256
ORDER BY ALL
