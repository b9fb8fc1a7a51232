-- /// audit
-- id = "retention"
-- version = 2
-- title = "How far the tables reach back"
-- purpose = "Per table with a life of its own: its first and last surviving row, the months without a row between them, and what of the window lies before the first, where rows were pruned or never written."
-- kind = "indicator"
-- time = "period"
-- reads = ["run_context", "table_months", "table_spans"]
-- requires = ["in_service_since"]
-- denominator = "dated"
-- denominator_noun = "tables"
-- key = ["table_name"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- months = { type = "integer", default = 12, maximum = 1200, help = "Months before the present that rows are expected for." }
-- [columns]
-- table_name = { label = "Table", type = "text" }
-- rows = { label = "Rows", type = "integer" }
-- undated = { label = "Rows without a time that can be read", type = "integer" }
-- first_at = { label = "First row (UTC)", type = "datetime" }
-- last_at = { label = "Last row (UTC)", type = "datetime" }
-- empty_months = { label = "Months without a row between them", type = "integer" }
-- empty_spans = { label = "Which (UTC)", type = "text" }
-- days_before = { label = "Days of the window before the first row", type = "integer" }
-- reading = { label = "Reading", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- ///
-- Whole days, from the start of the window or from when Superset went into service, whichever is later.
-- Of a table whose rows have no time that can be read nothing is known.
WITH dated AS (
    SELECT table_name
    FROM table_spans
    WHERE rows = 0 OR first_at IS NOT NULL
),
read_from AS (
    SELECT
        t.table_name, t.rows, t.undated, t.first_at, t.last_at, c.in_service_since, d.table_name IS NOT NULL AS dated,
        GREATEST($since, COALESCE(CAST(c.in_service_since AS TIMESTAMP), $since)) AS expected_from,
        LEAST(COALESCE(t.first_at, c.cut_off), $until, c.cut_off) AS begins_at,
        c.now - INTERVAL '1' MONTH * $months AS asked_from
    FROM table_spans AS t
    CROSS JOIN run_context AS c
    LEFT JOIN dated AS d ON d.table_name = t.table_name
),
neighbours AS (
    SELECT
        table_name, month + INTERVAL '1' MONTH AS empty_from,
        LEAD(month) OVER (PARTITION BY table_name ORDER BY month) AS empty_until
    FROM table_months
),
-- Of the months without a row those that are asked for end after it is asked from.
gaps AS (
    SELECT
        n.table_name, n.empty_from, DATE_DIFF('month', n.empty_from, n.empty_until) AS months,
        GREATEST(DATE_DIFF('month', GREATEST(n.empty_from, r.asked_from), n.empty_until), 0) AS months_asked,
        SUBSTR(CAST(n.empty_from AS VARCHAR), 1, 7) AS first_month,
        SUBSTR(CAST(n.empty_until - INTERVAL '1' MONTH AS VARCHAR), 1, 7) AS last_month
    FROM neighbours AS n
    INNER JOIN read_from AS r ON r.table_name = n.table_name
    WHERE n.empty_until > n.empty_from
),
missing AS (
    SELECT
        table_name, CAST(SUM(months) AS BIGINT) AS empty_months, CAST(SUM(months_asked) AS BIGINT) AS months_asked,
        STRING_AGG(
            first_month || CASE WHEN months > 1 THEN ' to ' || last_month ELSE '' END, ', ' ORDER BY empty_from
        ) AS empty_spans
    FROM gaps
    GROUP BY table_name
),
told AS (
    SELECT
        r.table_name, r.rows, r.undated, r.first_at, r.last_at, r.in_service_since,
        COALESCE(m.empty_months, 0) AS empty_months, COALESCE(m.months_asked, 0) AS months_asked, m.empty_spans,
        CAST(FLOOR(GREATEST(DATE_DIFF('second', r.expected_from, r.begins_at), 0) / 86400.0) AS BIGINT) AS days_before,
        r.first_at > r.asked_from AND CAST(r.first_at AS DATE) > r.in_service_since AS is_short,
        CASE
            WHEN r.rows = 0 THEN 'the table is empty: pruned or never used'
            WHEN NOT r.dated THEN 'the table holds no row with a time'
            WHEN r.first_at <= r.asked_from THEN 'reaches back ' || CAST($months AS VARCHAR) || ' months or more'
            WHEN r.in_service_since IS NULL
                THEN 'cannot be told: whether Superset is newer, or rows before were removed'
            WHEN CAST(r.first_at AS DATE) <= r.in_service_since
                THEN 'reaches back to when Superset went into service'
            ELSE 'does not reach back ' || CAST($months AS VARCHAR) || ' months'
        END AS reading
    FROM read_from AS r
    LEFT JOIN missing AS m ON m.table_name = r.table_name
)
SELECT
    table_name, rows, undated, first_at, last_at, empty_months, empty_spans, days_before,
    reading || CASE
        WHEN empty_months = 1 THEN ', but has no row in a month since'
        WHEN empty_months > 1 THEN ', but has no row in ' || CAST(empty_months AS VARCHAR) || ' months since'
        ELSE ''
    END AS reading,
    CASE
        WHEN rows = 0 THEN reading
        WHEN is_short OR months_asked > 0 THEN
            CASE WHEN is_short
                THEN 'rows from ' || CAST(in_service_since AS VARCHAR) || ', when Superset went into service, to '
                    || CAST(CAST(first_at AS DATE) AS VARCHAR) || ' were removed or never written'
                ELSE ''
            END
            || CASE WHEN is_short AND months_asked > 0 THEN '; ' ELSE '' END
            || CASE WHEN months_asked > 0
                THEN 'no row in ' || CAST(months_asked AS VARCHAR)
                    || CASE WHEN months_asked = 1 THEN ' month' ELSE ' months' END
                    || ' of those asked for, after the first row: removed or never written'
                ELSE ''
            END
    END AS flag_reason
FROM told
ORDER BY table_name
