-- /// audit
-- id = "audit_log_reads_not_reviewers"
-- version = 2
-- title = "Superset's log read by people who are not to"
-- purpose = "Who read the audit log, or wrote into it, through Superset's own interface; whoever is not on the list of people who may is an exception."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "reviewers"]
-- requires = ["log_rows", "reviewers_file"]
-- denominator = "log_reads"
-- denominator_noun = "uses of the log in Superset"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- verb = { label = "What", type = "text" }
-- object_id = { label = "Log row", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- reviews = { label = "Reviews, by the list", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH log_reads AS (
    SELECT occurred_at, user_id, username, verb, object_id, event_outcome, source_ref
    FROM events
    WHERE kind = 'log_read' AND occurred_at >= $since AND occurred_at < $until
),
listed AS (
    SELECT user_id, min(reviews) AS reviews
    FROM reviewers
    GROUP BY user_id
)
SELECT
    e.occurred_at, e.username, e.verb, e.object_id, e.event_outcome, r.reviews,
    CASE
        WHEN e.user_id IS NULL THEN 'nobody knows who it was'
        WHEN r.user_id IS NULL THEN 'not on the list of people who may read the log'
        WHEN e.verb <> 'read' THEN 'on the list, but the log is only to be read'
    END AS flag_reason,
    e.source_ref
FROM log_reads AS e
LEFT JOIN listed AS r ON r.user_id = e.user_id
ORDER BY e.occurred_at, e.source_ref
