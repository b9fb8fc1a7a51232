-- /// audit
-- id = "deletions_in_scope"
-- version = 4
-- title = "Deletions in a declared scope"
-- purpose = "Deletions, not known to have failed, of what a declared scope holds or of what reached into it before; those of which that cannot be told are shown as well."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "objects", "scope_objects", "touches"]
-- requires = ["content_changes", "scope_{scope}"]
-- denominator = "placed"
-- unjudged = "deletions of which it cannot be told"
-- denominator_noun = "deletions that can be placed"
-- lookback = "14d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- scope = { type = "text", default = "phi", help = "Declared scope, from auditctl.toml." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "By", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- via = { label = "In the scope by", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- What is gone is in no scope at the read point. What it held is told by earlier acts on it, and for a dataset by its name.
WITH deleted AS (
    SELECT occurred_at, username, object_type, object_id, object_name, event_outcome, outcome_basis, source_ref
    FROM events
    WHERE kind = 'content_change' AND verb = 'delete' AND event_outcome NOT IN ('failed', 'refused')
        AND object_type IN ('dashboard', 'chart', 'dataset', 'database')
        AND occurred_at >= $since AND occurred_at < $until
),
-- The ids that acts name, few as they are, find those in a list of ids; acts are then looked up by one id each.
named AS (
    SELECT DISTINCT dashboard_id, chart_id, dataset_id, database_id
    FROM events
),
ids AS (
    SELECT 'dashboard' AS object_type, dashboard_id AS id FROM named
    UNION
    SELECT 'chart' AS object_type, chart_id AS id FROM named
    UNION
    SELECT 'dataset' AS object_type, dataset_id AS id FROM named
    UNION
    SELECT 'database' AS object_type, database_id AS id FROM named
),
gone AS (
    SELECT d.source_ref, d.occurred_at, d.object_type, i.id
    FROM deleted AS d
    INNER JOIN ids AS i
        ON i.object_type = d.object_type AND ',' || d.object_id || ',' LIKE '%,' || CAST(i.id AS VARCHAR) || ',%'
),
earlier AS (
    SELECT g.source_ref, e.source_ref AS earlier_ref, e.dataset_id
    FROM gone AS g
    INNER JOIN events AS e ON g.object_type = 'dashboard' AND e.dashboard_id = g.id AND e.occurred_at < g.occurred_at
    UNION ALL
    SELECT g.source_ref, e.source_ref AS earlier_ref, e.dataset_id
    FROM gone AS g
    INNER JOIN events AS e ON g.object_type = 'chart' AND e.chart_id = g.id AND e.occurred_at < g.occurred_at
    UNION ALL
    SELECT g.source_ref, e.source_ref AS earlier_ref, e.dataset_id
    FROM gone AS g
    INNER JOIN events AS e ON g.object_type = 'dataset' AND e.dataset_id = g.id AND e.occurred_at < g.occurred_at
    UNION ALL
    SELECT g.source_ref, e.source_ref AS earlier_ref, e.dataset_id
    FROM gone AS g
    INNER JOIN events AS e ON g.object_type = 'database' AND e.database_id = g.id AND e.occurred_at < g.occurred_at
),
reached AS (
    SELECT d.source_ref, t.via
    FROM deleted AS d
    INNER JOIN touches AS t ON t.source_ref = d.source_ref AND t.scope = $scope
    UNION
    SELECT e.source_ref, 'an earlier act on it reached ' || t.via
    FROM earlier AS e
    INNER JOIN touches AS t ON t.source_ref = e.earlier_ref AND t.scope = $scope
    UNION
    SELECT d.source_ref, 'its name is that of table ' || o.name
    FROM deleted AS d
    INNER JOIN scope_objects AS o
        ON o.scope = $scope AND o.object_type = 'table' AND d.object_type = 'dataset'
        AND RIGHT('.' || LOWER(o.name), LENGTH(d.object_name) + 1) = '.' || LOWER(d.object_name)
),
told AS (
    SELECT source_ref, string_agg(DISTINCT via, '; ' ORDER BY via) AS via
    FROM reached
    GROUP BY source_ref
),
-- A dataset that is still there would have been in the scope; a name that no declared table has tells nothing.
placed AS (
    SELECT source_ref FROM told
    UNION
    SELECT e.source_ref
    FROM earlier AS e
    INNER JOIN objects AS o ON o.object_type = 'dataset' AND o.object_id = CAST(e.dataset_id AS VARCHAR)
)
SELECT
    d.occurred_at, d.username, d.object_type, d.object_id, d.object_name,
    COALESCE(t.via, 'cannot be told: nothing that was read says what it held') AS via,
    d.event_outcome, d.outcome_basis,
    CASE WHEN t.via IS NOT NULL THEN 'it was in the scope' END AS flag_reason,
    d.source_ref
FROM deleted AS d
LEFT JOIN told AS t ON t.source_ref = d.source_ref
LEFT JOIN placed AS p ON p.source_ref = d.source_ref
WHERE t.source_ref IS NOT NULL OR p.source_ref IS NULL
ORDER BY d.occurred_at, d.source_ref
