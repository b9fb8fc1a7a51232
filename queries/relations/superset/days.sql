-- The calendar of the window in the report's zone: days without a row are rows here too.
WITH calendar AS (
    SELECT
        CAST(d.day AS DATE) AS day,
        greatest(timezone('UTC', timezone(c.zone, CAST(d.day AS TIMESTAMP))), c.since) AS day_since,
        least(timezone('UTC', timezone(c.zone, CAST(d.day AS TIMESTAMP) + INTERVAL 1 DAY)), c.until) AS day_until
    FROM run_context AS c
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(
            date_trunc('day', to_zone(c.since, c.zone)),
            date_trunc('day', to_zone(c.until - INTERVAL 1 MICROSECOND, c.zone)),
            INTERVAL 1 DAY
        )) AS day
    ) AS d
),
-- Rows are held against the days that share a date of UTC with them, not against each day.
dated AS (
    SELECT k.day, k.day_since, k.day_until, CAST(d.utc_date AS DATE) AS utc_date
    FROM calendar AS k
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(date_trunc('day', k.day_since), k.day_until, INTERVAL 1 DAY)) AS utc_date
    ) AS d
),
logged AS (
    SELECT
        day,
        sum(rows) AS log_rows,
        sum(heartbeats) AS heartbeats,
        count(DISTINCT coalesce(CAST(user_id AS VARCHAR), name)) AS people,
        sum(rows - heartbeats) FILTER (WHERE user_id IS NULL AND name IS NULL) AS unattributed
    FROM (
        SELECT
            k.day, l.user_id, CASE WHEN l.user_id IS NULL THEN lower(l.row_username) END AS name,
            count(*) AS rows,
            count(*) FILTER (WHERE l.kind = 'heartbeat') AS heartbeats
        FROM log_rows AS l
        INNER JOIN dated AS k
            ON k.utc_date = CAST(l.occurred_at AS DATE) AND l.occurred_at >= k.day_since AND l.occurred_at < k.day_until
        GROUP BY k.day, l.user_id, name
    )
    GROUP BY day
),
ran AS (
    SELECT k.day, count(*) AS statements
    FROM (
        SELECT id, start_time FROM raw.query UNION ALL SELECT id, dttm FROM raw.logged_statements
    ) AS q
    INNER JOIN dated AS k
        ON k.utc_date = CAST(q.start_time AS DATE) AND q.start_time >= k.day_since AND q.start_time < k.day_until
    GROUP BY k.day
)
SELECT
    k.day,
    k.day_since,
    k.day_until,
    isodow(k.day) AS weekday,
    coalesce(l.log_rows, 0) AS log_rows,
    coalesce(l.heartbeats, 0) AS heartbeats,
    coalesce(l.people, 0) AS people,
    coalesce(l.unattributed, 0) AS unattributed,
    coalesce(r.statements, 0) AS statements,
    k.day_until <= c.cut_off AS ended,
    coalesce(k.day_since >= (SELECT min(first_at) FROM log_summary), FALSE) AS held
FROM calendar AS k
CROSS JOIN run_context AS c
LEFT JOIN logged AS l ON l.day = k.day
LEFT JOIN ran AS r ON r.day = k.day
ORDER BY k.day
