-- Which connections lead to the same database: by what their URIs say of backend, host, port and database, user, password,
-- driver and options aside. SQLite has no host, but a file.
WITH parts AS (
    SELECT
        id, database_name,
        regexp_extract(
            sqlalchemy_uri, '^([A-Za-z0-9]+)(?:\+[^:/]+)?://(?:[^/?]*@)?(\[[^\]]*\]|[^:/?]*)(?::(\d+))?(?:/([^?]*))?',
            ['backend', 'host', 'port', 'name']
        ) AS uri
    FROM raw.dbs
),
named AS (
    SELECT
        id, database_name, lower(uri.host) AS host, uri.port AS port, uri.name AS name,
        CASE lower(uri.backend) WHEN 'postgres' THEN 'postgresql' WHEN 'mariadb' THEN 'mysql' ELSE lower(uri.backend) END AS backend
    FROM parts
),
placed AS (
    SELECT
        n.id, n.database_name,
        CASE
            WHEN n.host <> '' OR (n.backend = 'sqlite' AND n.name NOT IN ('', ':memory:'))
                THEN concat_ws('/', n.backend, n.host, coalesce(nullif(n.port, ''), u.port, ''), n.name)
        END AS place
    FROM named AS n
    LEFT JOIN (
        VALUES ('postgresql', '5432'), ('mysql', '3306'), ('mssql', '1433'), ('oracle', '1521')
    ) AS u (backend, port) ON u.backend = n.backend
)
SELECT
    id AS database_id,
    database_name,
    CASE WHEN place IS NOT NULL THEN min(id) OVER (PARTITION BY place) END AS place_id
FROM placed
ORDER BY database_id
