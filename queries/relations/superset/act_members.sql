-- Which rows of `logs` belong to one act. Timing rows come before the row of the request that caused them, with the
-- same account, dashboard and chart and, where they name one, the same path. Where the recorder tells of an export, or of
-- a change of the own profile, that Superset's own row tells too, its row belongs to that act.
WITH keyed AS (
    SELECT
        id, occurred_at, kind, path, object_ref,
        coalesce(user_id, -1) AS user_key,
        coalesce(dashboard_id, -1) AS dashboard_key,
        coalesce(chart_column, -1) AS chart_key
    FROM log_rows
    WHERE fold = 'inner'
),
claimed AS (
    SELECT a.id, o.id AS act_id
    FROM keyed AS a
    -- The next one by id, whatever it is.
    ASOF INNER JOIN (
        SELECT
            id, started_at, occurred_at, duration_ms, path, kind,
            coalesce(user_id, -1) AS user_key,
            coalesce(dashboard_id, -1) AS dashboard_key,
            coalesce(chart_column, -1) AS chart_key
        FROM log_rows
        WHERE fold = 'outer'
    ) AS o
        ON o.user_key = a.user_key AND o.dashboard_key = a.dashboard_key AND o.chart_key = a.chart_key AND a.id < o.id
    WHERE a.occurred_at >= o.started_at - CASE WHEN o.duration_ms IS NULL THEN INTERVAL 60 SECOND ELSE INTERVAL 2 SECOND END
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
    FROM keyed AS a
    WHERE a.id NOT IN (SELECT id FROM claimed)
    WINDOW w AS (PARTITION BY a.user_key, a.dashboard_key, a.chart_key, coalesce(a.path, '') ORDER BY a.id)
),
islands AS (
    SELECT
        *,
        sum(begins) OVER (PARTITION BY user_key, dashboard_key, chart_key, path_key ORDER BY id) AS island
    FROM alone
),
-- Only account and time are in both rows, so that each of the two must be the nearest to the other, or they stay two acts:
-- rather one too many than one hidden. What the page of the own profile cannot change is no change of the own profile.
candidates AS (
    SELECT r.id, o.id AS act_id, abs(epoch_us(r.occurred_at) - epoch_us(o.occurred_at)) AS distance
    FROM log_rows AS r
    INNER JOIN log_rows AS o
        ON coalesce(o.user_id, -1) = coalesce(r.user_id, -1) AND o.client_id IS NOT DISTINCT FROM r.client_id AND NOT o.recorder AND o.fold <> 'inner'
    WHERE r.recorder AND r.action IN ('DataExported', 'UserUpdated')
        -- Whole seconds on some servers.
        AND o.occurred_at BETWEEN r.started_at - INTERVAL 1 SECOND AND r.occurred_at + INTERVAL 1 SECOND
        AND CASE r.action
            WHEN 'DataExported' THEN o.kind = 'export'
                OR (o.kind = 'data_request' AND o.result_format IN ('csv', 'xlsx', 'xls'))
                OR (o.kind = 'data_request' AND o.result_format IS NULL AND o.has_form_data AND NOT o.has_queries)
            WHEN 'UserUpdated' THEN o.action = 'CurrentUserRestApi.put' AND r.target_id = CAST(r.user_id AS VARCHAR)
                AND CASE WHEN json_valid(r.changes)
                    THEN list_has_all(['first_name', 'last_name', 'password'], json_keys(r.changes)) END
        END
),
retold AS (
    SELECT id, act_id
    FROM (
        SELECT
            id, act_id,
            row_number() OVER (PARTITION BY id ORDER BY distance, act_id) AS own_choice,
            row_number() OVER (PARTITION BY act_id ORDER BY distance, id) AS choice
        FROM candidates
    )
    WHERE own_choice = 1 AND choice = 1
),
member AS (
    SELECT id, act_id, FALSE AS alone FROM claimed
    UNION ALL
    SELECT id, max(id) OVER (PARTITION BY user_key, dashboard_key, chart_key, path_key, island) AS act_id, TRUE AS alone
    FROM islands
    UNION ALL
    SELECT k.id, coalesce(r.act_id, k.id) AS act_id, FALSE AS alone
    FROM log_rows AS k
    LEFT JOIN retold AS r ON r.id = k.id
    WHERE k.fold <> 'inner'
)
SELECT id, act_id, alone
FROM member
ORDER BY id
