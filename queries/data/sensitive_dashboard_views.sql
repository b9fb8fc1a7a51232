-- /// audit
-- id = "sensitive_dashboard_views"
-- version = 2
-- title = "Sensitive dashboards opened"
-- purpose = "Who opened the dashboards declared sensitive: how often, and when last."
-- kind = "indicator"
-- time = "period"
-- reads = ["events", "touches", "scope_permitted"]
-- requires = ["dashboard_views", "scope_{scope}"]
-- denominator = "views"
-- denominator_noun = "pairs of account and sensitive dashboard"
-- key = ["object_id", "username"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- scope = { type = "text", default = "sensitive", help = "Declared scope, from auditctl.toml." }
-- [columns]
-- username = { label = "Account", type = "text" }
-- object_id = { label = "Dashboard", type = "text" }
-- object_name = { label = "Title", type = "text" }
-- views = { label = "Times opened", type = "integer" }
-- first_at = { label = "First (UTC)", type = "datetime" }
-- last_at = { label = "Last (UTC)", type = "datetime" }
-- last_ref = { label = "Row of the last", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- ///
WITH permitted AS (
    SELECT DISTINCT LOWER(username) AS account FROM scope_permitted WHERE scope = $scope
),
opened AS (
    SELECT
        e.username, e.object_id, e.object_name, e.occurred_at, e.source_ref,
        row_number() OVER (PARTITION BY e.username, e.object_id ORDER BY e.occurred_at DESC, e.source_ref DESC) AS newest
    FROM events AS e
    INNER JOIN touches AS t ON t.source_ref = e.source_ref AND t.scope = $scope
    WHERE e.kind = 'view' AND e.object_type = 'dashboard' AND e.occurred_at >= $since AND e.occurred_at < $until
),
views AS (
    SELECT
        username, object_id, max(object_name) AS object_name, count(*) AS views, min(occurred_at) AS first_at,
        max(occurred_at) AS last_at, max(CASE WHEN newest = 1 THEN source_ref END) AS last_ref
    FROM opened
    GROUP BY username, object_id
)
SELECT
    v.username, v.object_id, v.object_name, v.views, v.first_at, v.last_at, v.last_ref,
    CASE WHEN p.account IS NULL THEN 'not on the permitted list of this scope' END AS flag_reason
FROM views AS v
LEFT JOIN permitted AS p ON p.account = LOWER(v.username)
ORDER BY v.object_id, v.username
