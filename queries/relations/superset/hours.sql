-- The hours of the extract, empty ones too. They are hours of UTC, so that a change of the clocks neither doubles nor
-- loses one; day and hour of the report's zone are those of their start.
WITH calendar AS (
    SELECT h.hour_since, h.hour_since + INTERVAL 1 HOUR AS hour_until, to_zone(h.hour_since, c.zone) AS local_since, c.business_days
    FROM run_context AS c
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(
            date_trunc('hour', c.extracted_since), c.cut_off - INTERVAL 1 MICROSECOND, INTERVAL 1 HOUR
        )) AS hour_since
    ) AS h
),
logged AS (
    SELECT date_trunc('hour', occurred_at) AS hour_since, count(*) AS log_rows
    FROM log_rows
    WHERE kind <> 'heartbeat'
    GROUP BY date_trunc('hour', occurred_at)
)
SELECT
    k.hour_since,
    k.hour_until,
    CAST(k.local_since AS DATE) AS local_date,
    hour(k.local_since) AS local_hour,
    contains(k.business_days, CAST(isodow(k.local_since) AS VARCHAR)) AS business_day,
    coalesce(l.log_rows, 0) AS log_rows
FROM calendar AS k
LEFT JOIN logged AS l ON l.hour_since = k.hour_since
ORDER BY k.hour_since
