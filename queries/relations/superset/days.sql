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
logged AS (
    SELECT
        k.day,
        count(l.id) AS log_rows,
        count(*) FILTER (WHERE l.kind = 'heartbeat') AS heartbeats,
        count(DISTINCT coalesce(CAST(l.user_id AS VARCHAR), lower(l.row_username))) AS people,
        count(l.id) FILTER (WHERE l.user_id IS NULL AND l.row_username IS NULL AND l.kind <> 'heartbeat') AS unattributed
    FROM calendar AS k
    LEFT JOIN log_rows AS l ON l.occurred_at >= k.day_since AND l.occurred_at < k.day_until
    GROUP BY k.day
),
ran AS (
    SELECT k.day, count(q.id) AS statements
    FROM calendar AS k
    LEFT JOIN (
        SELECT id, start_time FROM raw.query UNION ALL SELECT id, dttm FROM raw.logged_statements
    ) AS q ON q.start_time >= k.day_since AND q.start_time < k.day_until
    GROUP BY k.day
)
SELECT
    k.day,
    k.day_since,
    k.day_until,
    isodow(k.day) AS weekday,
    l.log_rows,
    l.heartbeats,
    l.people,
    l.unattributed,
    r.statements,
    k.day_until <= c.cut_off AS ended,
    coalesce(k.day_since >= (SELECT min(first_at) FROM log_summary), FALSE) AS held
FROM calendar AS k
CROSS JOIN run_context AS c
INNER JOIN logged AS l ON l.day = k.day
INNER JOIN ran AS r ON r.day = k.day
ORDER BY k.day
