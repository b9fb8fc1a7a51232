-- /// audit
-- id = "exports_not_placed"
-- version = 2
-- title = "Exports that cannot be placed"
-- purpose = "Exports of which the rows do not say what left: they may have been of data in a declared scope."
-- kind = "indicator"
-- time = "period"
-- reads = ["events", "statements", "objects"]
-- requires = ["exports", "request_bodies"]
-- denominator = "judged"
-- denominator_noun = "exports that the server saw"
-- lookback = "7d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- route = { label = "Way out", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- why = { label = "Not placed because", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH judged AS (
    SELECT
        e.occurred_at, e.username, e.route, e.object_type, e.object_id, e.event_outcome, e.source_ref,
        CASE
            WHEN e.object_type = 'statement' AND s.source_ref IS NULL
                THEN 'its statement is gone, or ran more than a week before the window'
            WHEN e.object_type = 'statement' AND s.unread_reason IS NOT NULL THEN 'its statement cannot be read'
            WHEN e.object_type <> 'statement' AND e.object_id IS NULL THEN 'the row names nothing that was exported'
            WHEN e.object_type IN ('dashboard', 'chart', 'dataset') AND e.object_id NOT LIKE '%,%' AND o.source_ref IS NULL
                THEN 'the object is gone'
        END AS why
    FROM events AS e
    LEFT JOIN statements AS s ON s.source_ref = e.statement_ref
    LEFT JOIN objects AS o ON o.object_type = e.object_type AND o.object_id = e.object_id
    WHERE e.kind = 'export' AND e.reported_by <> 'client' AND e.event_outcome NOT IN ('failed', 'refused')
        AND e.occurred_at >= $since AND e.occurred_at < $until
)
SELECT occurred_at, username, route, object_type, object_id, why, event_outcome, source_ref
FROM judged
WHERE why IS NOT NULL
ORDER BY occurred_at, source_ref
