-- Which rows of `logs` belong to one act. Timing rows come before the row of the request that caused them, with the
-- same account, dashboard and chart and, where they name one, the same path.
WITH keyed AS (
    SELECT
        *,
        coalesce(user_id, -1) AS user_key,
        coalesce(dashboard_id, -1) AS dashboard_key,
        coalesce(chart_column, -1) AS chart_key
    FROM log_rows
),
ahead AS (
    SELECT
        *,
        min(CASE WHEN fold = 'outer' THEN id END) OVER (
            PARTITION BY user_key, dashboard_key, chart_key ORDER BY id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_outer
    FROM keyed
),
claimed AS (
    SELECT
        a.id,
        o.id AS act_id
    FROM ahead AS a
    INNER JOIN log_rows AS o ON o.id = a.next_outer
    WHERE a.fold = 'inner'
        AND a.occurred_at >= o.started_at - CASE WHEN o.duration_ms IS NULL THEN INTERVAL 60 SECOND ELSE INTERVAL 2 SECOND END
        AND a.occurred_at <= o.occurred_at + INTERVAL 2 SECOND
        AND (
            a.path = o.path
            OR (a.path IS NULL AND a.object_ref IS NULL)
            OR (a.object_ref = 'superset.sql_lab' AND o.kind = 'statement')
        )
),
-- Timing rows that no request closed: sample rows of a dataset, a scheduled run, a connection test of its own. A list
-- call that older releases write once is an act by itself, however soon the next one follows.
alone AS (
    SELECT
        a.id,
        CASE
            WHEN a.kind = 'browse' THEN 1
            WHEN a.occurred_at - lag(a.occurred_at) OVER w <= INTERVAL 5 SECOND THEN 0
            ELSE 1
        END AS begins,
        a.user_key, a.dashboard_key, a.chart_key, coalesce(a.path, '') AS path_key
    FROM ahead AS a
    LEFT JOIN claimed AS c ON c.id = a.id
    WHERE a.fold = 'inner' AND c.id IS NULL
    WINDOW w AS (PARTITION BY a.user_key, a.dashboard_key, a.chart_key, coalesce(a.path, '') ORDER BY a.id)
),
islands AS (
    SELECT
        *,
        sum(begins) OVER (PARTITION BY user_key, dashboard_key, chart_key, path_key ORDER BY id) AS island
    FROM alone
),
member AS (
    SELECT id, act_id, FALSE AS alone FROM claimed
    UNION ALL
    SELECT id, max(id) OVER (PARTITION BY user_key, dashboard_key, chart_key, path_key, island) AS act_id, TRUE AS alone
    FROM islands
    UNION ALL
    SELECT id, id AS act_id, FALSE AS alone FROM keyed WHERE fold <> 'inner'
)
SELECT id, act_id, alone
FROM member
ORDER BY id
