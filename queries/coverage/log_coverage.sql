-- /// audit
-- id = "log_coverage"
-- version = 3
-- title = "Log coverage"
-- purpose = "What the log holds for each day; a business day without a single row is an exception that needs an explanation."
-- kind = "deviation"
-- time = "period"
-- reads = ["days", "run_context"]
-- requires = ["log_rows"]
-- denominator = "expected"
-- denominator_noun = "business days that are held and over"
-- key = ["day"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- day = { label = "Day (report zone)", type = "date" }
-- weekday = { label = "Weekday (Monday 1)", type = "integer" }
-- log_rows = { label = "Log rows", type = "integer", bar = true }
-- heartbeats = { label = "Heartbeats", type = "integer" }
-- people = { label = "Accounts", type = "integer" }
-- unattributed = { label = "Rows without account", type = "integer" }
-- statements = { label = "Statements", type = "integer" }
-- held = { label = "Log reaches back", type = "boolean" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- ///
WITH expected AS (
    SELECT d.day
    FROM days AS d
    CROSS JOIN run_context AS c
    WHERE d.held AND d.ended AND c.business_days LIKE '%' || CAST(d.weekday AS VARCHAR) || '%'
        AND d.day_since >= $since AND d.day_since < $until
)
SELECT
    d.day, d.weekday, d.log_rows, d.heartbeats, d.people, d.unattributed, d.statements, d.held,
    CASE WHEN e.day IS NOT NULL AND d.log_rows = 0 THEN 'a business day without a single row' END AS flag_reason
FROM days AS d
LEFT JOIN expected AS e ON e.day = d.day
WHERE d.day_since >= $since AND d.day_since < $until
ORDER BY d.day
