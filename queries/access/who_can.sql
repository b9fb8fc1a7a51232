-- /// audit
-- id = "who_can"
-- version = 2
-- title = "Who could reach a table"
-- purpose = "Every account that could read a table through Superset at the read point, with the role or ownership that lets it."
-- kind = "listing"
-- time = "as_of"
-- reads = ["entitlements", "grants", "owners", "dashboard_grants", "embeddings", "dataset_rules", "scope_tables", "scope_objects"]
-- requires = ["accounts_now", "entitlements_now", "row_rules_now", "embeddings_now"]
-- denominator = "grants"
-- lookback = "90d"
-- key = ["source_ref"]
-- [parameters]
-- table = { type = "text", scope_list = "tables", help = "Table, as table, schema.table or database.schema.table." }
-- [columns]
-- username = { label = "Account", type = "text" }
-- active = { label = "Active", type = "boolean", help = "An account that is not active could not sign in." }
-- may = { label = "Could", type = "text" }
-- role = { label = "By role", type = "text" }
-- via = { label = "Granted", type = "text" }
-- sql_lab = { label = "May run SQL in SQL Lab", type = "boolean" }
-- row_rules = { label = "Row-level-security rules on it", type = "text", help = "They filter charts and dashboards; SQL Lab only where RLS_IN_SQLLAB is on." }
-- doubt = { label = "Not known", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH homes AS (
    SELECT DISTINCT database_id, database_name, schema_name FROM scope_tables WHERE scope = 'asked' AND entry = $table
),
built AS (
    SELECT DISTINCT object_type, object_id, name FROM scope_objects WHERE scope = 'asked' AND object_type <> 'table'
),
-- What a role may: the names of schemas are [database].[schema] or [database].[catalog].[schema].
ways AS (
    SELECT role_id, role, may, CAST(NULL AS VARCHAR) AS dataset_id, CAST(NULL AS VARCHAR) AS doubt, source_ref
    FROM entitlements
    WHERE permission IN ('all_datasource_access', 'all_database_access') AND role <> 'Admin'
    UNION
    SELECT e.role_id, e.role, e.may, NULL, NULL, e.source_ref
    FROM entitlements AS e
    INNER JOIN homes AS h ON e.permission = 'database_access' AND e.dataset_id = h.database_id
    WHERE e.role <> 'Admin'
    UNION
    SELECT
        e.role_id, e.role, e.may, NULL,
        CASE
            WHEN e.permission = 'catalog_access' THEN 'whether the table is in this catalog'
            WHEN h.schema_name IS NULL THEN 'whether the table is in this schema'
        END,
        e.source_ref
    FROM entitlements AS e
    INNER JOIN homes AS h
        ON LEFT(e.view_menu, LENGTH(h.database_name) + 4) = '[' || h.database_name || '].['
        AND (
            e.permission = 'catalog_access'
            OR (
                e.permission = 'schema_access'
                AND (
                    h.schema_name IS NULL
                    OR LOWER(RIGHT(e.view_menu, LENGTH(h.schema_name) + 4)) = '].[' || LOWER(h.schema_name) || ']'
                )
            )
        )
    WHERE e.role <> 'Admin'
    UNION
    SELECT e.role_id, e.role, e.may, b.object_id, NULL, e.source_ref
    FROM entitlements AS e
    INNER JOIN built AS b
        ON e.permission = 'datasource_access' AND b.object_type = 'dataset' AND b.object_id = CAST(e.dataset_id AS VARCHAR)
    WHERE e.role <> 'Admin'
    UNION
    SELECT
        d.role_id, d.role, 'open dashboard ' || d.dashboard, NULL, 'whether roles of dashboards count (DASHBOARD_RBAC)', d.source_ref
    FROM dashboard_grants AS d
    INNER JOIN built AS b ON b.object_type = 'dashboard' AND b.object_id = CAST(d.dashboard_id AS VARCHAR)
    WHERE COALESCE(d.published, TRUE) AND d.role <> 'Admin'
    UNION
    -- Who may change who may, reaches everything; rules on rows open no table.
    SELECT role_id, role, may || ', and so give themselves access', NULL, NULL, MIN(source_ref)
    FROM entitlements
    WHERE reach = 'security' AND may <> 'change row-level security' AND role <> 'Admin'
    GROUP BY role_id, role, may
),
-- Where one mention of the table leaves no doubt, there is none.
allowed AS (
    SELECT role_id, role, may, dataset_id, CASE WHEN COUNT(*) = COUNT(doubt) THEN MIN(doubt) END AS doubt, source_ref
    FROM ways
    GROUP BY role_id, role, may, dataset_id, source_ref
),
sql_roles AS (
    SELECT DISTINCT role_id, role FROM entitlements WHERE may = 'run SQL in SQL Lab'
),
sql_accounts AS (
    SELECT DISTINCT g.user_id
    FROM grants AS g
    LEFT JOIN sql_roles AS s ON s.role_id = g.role_id
    WHERE g.role = 'Admin' OR s.role_id IS NOT NULL
),
could AS (
    SELECT
        g.username, g.active, 'do everything' AS may, g.role, g.via, TRUE AS sql_lab, CAST(NULL AS VARCHAR) AS dataset_id,
        CAST(NULL AS VARCHAR) AS doubt, g.source_ref
    FROM grants AS g
    WHERE g.role = 'Admin'
    UNION ALL
    SELECT
        g.username, g.active, a.may, g.role, g.via, s.user_id IS NOT NULL, a.dataset_id, a.doubt,
        g.source_ref || '/' || a.source_ref
    FROM grants AS g
    INNER JOIN allowed AS a ON a.role_id = g.role_id
    LEFT JOIN sql_accounts AS s ON s.user_id = g.user_id
    UNION ALL
    SELECT
        o.username, o.active, 'read and change dataset ' || b.name, NULL, 'owner', s.user_id IS NOT NULL, b.object_id, NULL,
        o.source_ref
    FROM owners AS o
    INNER JOIN built AS b ON o.object_type = 'dataset' AND b.object_type = 'dataset' AND b.object_id = o.object_id
    LEFT JOIN sql_accounts AS s ON s.user_id = o.user_id
    UNION ALL
    -- An owner may open a dashboard that was given to roles, published or not.
    SELECT DISTINCT
        o.username, o.active, 'open dashboard ' || d.dashboard, NULL, 'owner', s.user_id IS NOT NULL, NULL,
        'whether roles of dashboards count (DASHBOARD_RBAC)', o.source_ref
    FROM owners AS o
    INNER JOIN built AS b ON o.object_type = 'dashboard' AND b.object_type = 'dashboard' AND b.object_id = o.object_id
    INNER JOIN dashboard_grants AS d ON CAST(d.dashboard_id AS VARCHAR) = o.object_id
    LEFT JOIN sql_accounts AS s ON s.user_id = o.user_id
    UNION ALL
    SELECT
        'everybody, without an account', TRUE, a.may, a.role, NULL, s.role_id IS NOT NULL, a.dataset_id, a.doubt, a.source_ref
    FROM allowed AS a
    LEFT JOIN sql_roles AS s ON s.role_id = a.role_id
    WHERE a.role = 'Public'
    UNION ALL
    SELECT
        'whoever is given a guest token', TRUE, 'open embedded dashboard ' || b.name, NULL, 'embedded', FALSE, NULL,
        'whether embedding is on, and who gets tokens', e.source_ref
    FROM embeddings AS e
    INNER JOIN built AS b ON b.object_type = 'dashboard' AND b.object_id = CAST(e.dashboard_id AS VARCHAR)
),
rules AS (
    SELECT r.dataset_id, r.rule || ' on ' || b.name AS rule
    FROM dataset_rules AS r
    INNER JOIN built AS b ON b.object_type = 'dataset' AND b.object_id = r.dataset_id
)
SELECT
    c.username, c.active, c.may, c.role, c.via, c.sql_lab, string_agg(DISTINCT r.rule, '; ' ORDER BY r.rule) AS row_rules,
    c.doubt, c.source_ref
FROM could AS c
LEFT JOIN rules AS r ON c.dataset_id IS NULL OR r.dataset_id = c.dataset_id
GROUP BY c.username, c.active, c.may, c.role, c.via, c.sql_lab, c.doubt, c.source_ref
ORDER BY c.username, c.source_ref
