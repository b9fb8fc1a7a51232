-- /// audit
-- id = "silent_intervals"
-- version = 4
-- title = "Silent intervals"
-- purpose = "Stretches without a row of the log that cover hours in which it usually has some, and stretches without a heartbeat of the recorder: was nobody there, or was nothing recorded?"
-- kind = "indicator"
-- time = "period"
-- reads = ["hours", "log_rows", "run_context"]
-- requires = ["log_rows"]
-- denominator = "awaited"
-- denominator_noun = "hours in which rows are usual or heartbeats due"
-- lookback = "2w"
-- key = ["silent_since", "missing"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- minutes = { type = "integer", default = 60, help = "Minutes of usual hours that a stretch without a row must cover." }
-- usual = { type = "integer", default = 80, maximum = 100, help = "An hour is usual when it has rows on this share of the days, in percent." }
-- heartbeat_minutes = { type = "integer", default = 15, help = "Minutes without a heartbeat that are flagged." }
-- [columns]
-- silent_since = { label = "Last seen (UTC)", type = "datetime" }
-- silent_until = { label = "Seen again (UTC)", type = "datetime" }
-- missing = { label = "Missing", type = "text" }
-- minutes = { label = "Minutes", type = "integer" }
-- usual_minutes = { label = "In usual hours", type = "integer" }
-- last_ref = { label = "Row before", type = "text" }
-- next_ref = { label = "Row after", type = "text" }
-- ///
-- The rhythm is that of business days or of other days, hour by hour, over the days that have any row: a day wholly
-- without rows says nothing about it. The window ends with a mark of its own, so that a silence up to there is seen.
WITH rhythm AS (
    SELECT
        h.business_day, h.local_hour,
        COUNT(DISTINCT h.local_date) AS days,
        COUNT(DISTINCT CASE WHEN h.log_rows > 0 THEN h.local_date END) AS busy_days
    FROM hours AS h
    INNER JOIN (SELECT local_date FROM hours WHERE log_rows > 0 GROUP BY local_date) AS d ON d.local_date = h.local_date
    GROUP BY h.business_day, h.local_hour
),
-- The recorder's heartbeats are due from the first one that was read.
awaited AS (
    SELECT
        GREATEST(h.hour_since, $since) AS hour_since, LEAST(h.hour_until, $until) AS hour_until,
        COALESCE(r.busy_days * 100 >= r.days * $usual, FALSE) AS usual
    FROM hours AS h
    LEFT JOIN rhythm AS r ON r.business_day = h.business_day AND r.local_hour = h.local_hour
    WHERE h.hour_until > $since AND h.hour_since < $until
        AND (
            r.busy_days * 100 >= r.days * $usual
            OR h.hour_until > (SELECT MIN(occurred_at) FROM log_rows WHERE kind = 'heartbeat')
        )
),
usual_hours AS (
    SELECT hour_since, hour_until FROM awaited WHERE usual
),
marks AS (
    SELECT 'row' AS missing, id, row_ref, occurred_at FROM log_rows
    UNION ALL
    SELECT 'heartbeat' AS missing, id, row_ref, occurred_at FROM log_rows WHERE kind = 'heartbeat'
    UNION ALL
    SELECT 'row' AS missing, CAST(NULL AS BIGINT) AS id, CAST(NULL AS VARCHAR) AS row_ref, cut_off AS occurred_at FROM run_context
    UNION ALL
    SELECT 'heartbeat' AS missing, CAST(NULL AS BIGINT) AS id, CAST(NULL AS VARCHAR) AS row_ref, cut_off AS occurred_at FROM run_context
),
stretches AS (
    SELECT
        missing, row_ref AS last_ref, occurred_at AS silent_since,
        LEAD(occurred_at) OVER (PARTITION BY missing ORDER BY occurred_at, id NULLS LAST) AS silent_until,
        LEAD(row_ref) OVER (PARTITION BY missing ORDER BY occurred_at, id NULLS LAST) AS next_ref
    FROM marks
),
silences AS (
    SELECT
        missing, last_ref, silent_since, silent_until, next_ref,
        CAST(FLOOR(DATE_DIFF('second', silent_since, silent_until) / 60.0) AS BIGINT) AS minutes
    FROM stretches
    WHERE last_ref IS NOT NULL AND silent_until > $since AND silent_since < $until
),
measured AS (
    SELECT
        s.missing, s.last_ref, s.silent_since, s.silent_until, s.next_ref, s.minutes,
        CAST(FLOOR(SUM(
            CASE WHEN u.hour_since IS NULL THEN 0
                ELSE DATE_DIFF('second', GREATEST(s.silent_since, u.hour_since), LEAST(s.silent_until, u.hour_until))
            END
        ) / 60.0) AS BIGINT) AS usual_minutes
    FROM silences AS s
    LEFT JOIN usual_hours AS u ON u.hour_since < s.silent_until AND u.hour_until > s.silent_since
    WHERE s.minutes >= CASE s.missing WHEN 'row' THEN $minutes ELSE $heartbeat_minutes END
    GROUP BY s.missing, s.last_ref, s.silent_since, s.silent_until, s.next_ref, s.minutes
)
SELECT
    silent_since, silent_until, missing, minutes, usual_minutes,
    last_ref, next_ref
FROM measured
WHERE missing = 'heartbeat' OR usual_minutes >= $minutes
ORDER BY silent_since, missing
