-- /// audit
-- id = "bulk_exports"
-- version = 2
-- title = "Many exports in a day"
-- purpose = "Accounts that took more out in one day than most do: exports that the server saw, and those that only a browser reports, each counted by itself."
-- kind = "indicator"
-- time = "period"
-- reads = ["events"]
-- requires = ["exports", "request_bodies"]
-- denominator = "counted"
-- denominator_noun = "account-days with exports"
-- key = ["local_date", "username"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- threshold = { type = "integer", default = 20, help = "Exports of an account in one day that are no item yet." }
-- [columns]
-- local_date = { label = "Day (report zone)", type = "date" }
-- username = { label = "Account", type = "text" }
-- exports = { label = "Exports", type = "integer" }
-- browser_exports = { label = "Reported by browsers alone", type = "integer" }
-- routes = { label = "Ways out", type = "text" }
-- first_at = { label = "First (UTC)", type = "datetime" }
-- last_at = { label = "Last (UTC)", type = "datetime" }
-- ///
-- A browser also reports an export that the server saw: the two numbers must not be added.
WITH counted AS (
    SELECT
        local_date, username,
        COUNT(CASE WHEN reported_by <> 'client' THEN 1 END) AS exports,
        COUNT(CASE WHEN reported_by = 'client' THEN 1 END) AS browser_exports,
        string_agg(DISTINCT route, ', ' ORDER BY route) AS routes,
        MIN(occurred_at) AS first_at,
        MAX(occurred_at) AS last_at
    FROM events
    WHERE kind = 'export' AND event_outcome NOT IN ('failed', 'refused')
        AND occurred_at >= $since AND occurred_at < $until
    GROUP BY local_date, username
)
SELECT local_date, username, exports, browser_exports, routes, first_at, last_at
FROM counted
WHERE exports > $threshold OR browser_exports > $threshold
ORDER BY local_date, username
