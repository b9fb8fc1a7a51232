-- The tables of databases that are known here: datasets are built on them, also through the SQL of virtual ones, or
-- statements of the extract name them. A virtual dataset is known by its own name as well.
SELECT t.database_id, d.database_name, t.schema AS schema_name, t.table_name, t.id AS dataset_id
FROM raw.tables AS t
LEFT JOIN raw.dbs AS d ON d.id = t.database_id
UNION
SELECT t.database_id, d.database_name, coalesce(s.schema_name, t.schema), s.table_name, t.id
FROM raw.tables AS t
INNER JOIN raw.sql_digests AS k ON k.plain_sha256 = sha256(t.sql)
INNER JOIN sql_tables AS s ON s.sql_sha256 = k.sql_sha256
LEFT JOIN raw.dbs AS d ON d.id = t.database_id
UNION
SELECT
    s.database_id, coalesce(d.database_name, nullif(s.database_name, 'database ' || s.database_id || ' (gone)')),
    s.schema_name, s.table_name, NULL
FROM statement_tables AS s
LEFT JOIN raw.dbs AS d ON d.id = s.database_id
ORDER BY ALL
