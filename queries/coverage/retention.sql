-- /// audit
-- id = "retention"
-- version = 2
-- title = "How far the tables reach back"
-- purpose = "Per table with a life of its own: its first and last surviving row, and what of the window lies before the first, where rows were pruned or never written."
-- kind = "indicator"
-- time = "period"
-- reads = ["run_context", "table_spans"]
-- requires = ["in_service_since"]
-- denominator = "dated"
-- denominator_noun = "tables with rows that have a time"
-- key = ["table_name"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- months = { type = "integer", default = 12, maximum = 1200, help = "Months before the present that rows are expected for." }
-- [columns]
-- table_name = { label = "Table", type = "text" }
-- rows = { label = "Rows", type = "integer" }
-- first_at = { label = "First row (UTC)", type = "datetime" }
-- last_at = { label = "Last row (UTC)", type = "datetime" }
-- days_before = { label = "Days of the window before the first row", type = "integer" }
-- reading = { label = "Reading", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- ///
-- Whole days, from the start of the window or from when Superset went into service, whichever is later.
WITH dated AS (
    SELECT table_name
    FROM table_spans
    WHERE first_at IS NOT NULL
),
read_from AS (
    SELECT
        t.table_name, t.rows, t.first_at, t.last_at, c.in_service_since, d.table_name IS NOT NULL AS dated,
        GREATEST($since, COALESCE(CAST(c.in_service_since AS TIMESTAMP), $since)) AS expected_from,
        LEAST(COALESCE(t.first_at, c.cut_off), $until, c.cut_off) AS begins_at,
        c.now - INTERVAL '1' MONTH * $months AS asked_from
    FROM table_spans AS t
    CROSS JOIN run_context AS c
    LEFT JOIN dated AS d ON d.table_name = t.table_name
),
told AS (
    SELECT
        table_name, rows, first_at, last_at, in_service_since,
        CAST(FLOOR(GREATEST(DATE_DIFF('second', expected_from, begins_at), 0) / 86400.0) AS BIGINT) AS days_before,
        CASE
            WHEN NOT dated THEN 'the table holds no row with a time'
            WHEN first_at <= asked_from THEN 'reaches back ' || CAST($months AS VARCHAR) || ' months or more'
            WHEN in_service_since IS NULL
                THEN 'cannot be told: whether Superset is newer, or rows before were removed'
            WHEN CAST(first_at AS DATE) <= in_service_since THEN 'reaches back to when Superset went into service'
        END AS reading
    FROM read_from
)
SELECT
    table_name, rows, first_at, last_at, days_before,
    COALESCE(reading, 'does not reach back ' || CAST($months AS VARCHAR) || ' months') AS reading,
    CASE WHEN reading IS NULL
        THEN 'rows from ' || CAST(in_service_since AS VARCHAR) || ', when Superset went into service, to '
            || CAST(CAST(first_at AS DATE) AS VARCHAR) || ' were removed or never written'
    END AS flag_reason
FROM told
ORDER BY table_name
