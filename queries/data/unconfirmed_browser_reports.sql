-- /// audit
-- id = "unconfirmed_browser_reports"
-- version = 2
-- title = "Browser reports that nothing confirms"
-- purpose = "Dashboards that a browser says it showed, without the server having delivered them to that account in the 24 hours before: forged, or refused."
-- kind = "indicator"
-- time = "period"
-- reads = ["events"]
-- requires = ["browser_reports", "dashboard_views"]
-- denominator = "reported"
-- denominator_noun = "dashboards that browsers say they showed"
-- lookback = "1d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- object_id = { label = "Dashboard", type = "text" }
-- object_name = { label = "Title", type = "text" }
-- action = { label = "Action", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- IS NOT DISTINCT FROM: when an account is deleted, its reports and its deliveries lose it together.
WITH reported AS (
    SELECT occurred_at, user_id, username, object_id, object_name, action, source_ref
    FROM events
    WHERE kind = 'browser_report' AND verb = 'view' AND object_type = 'dashboard'
        AND occurred_at >= $since AND occurred_at < $until
)
SELECT b.occurred_at, b.username, b.object_id, b.object_name, b.action, b.source_ref
FROM reported AS b
LEFT JOIN events AS v
    ON v.kind = 'view' AND v.object_type = 'dashboard' AND v.reported_by = 'server' AND v.object_id = b.object_id
    AND v.user_id IS NOT DISTINCT FROM b.user_id
    AND v.occurred_at >= b.occurred_at - INTERVAL '24' HOUR AND v.occurred_at <= b.occurred_at + INTERVAL '1' HOUR
WHERE v.source_ref IS NULL
ORDER BY b.occurred_at, b.source_ref
