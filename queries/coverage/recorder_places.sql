-- /// audit
-- id = "recorder_places"
-- version = 1
-- title = "Events that one place lacks"
-- purpose = "Events that the recorder wrote into Superset's log and into its own database: which are in one of them only, and which do they tell differently?"
-- kind = "indicator"
-- time = "period"
-- reads = ["log_places"]
-- requires = ["audit_database", "recorder_counts"]
-- denominator = "told"
-- denominator_noun = "events of the recorder in either place"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- action = { label = "Action", type = "text" }
-- finding = { label = "Finding", type = "text" }
-- also_ref = { label = "Other row", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH told AS (
    SELECT occurred_at, username, action, log_id, audit_id, differs, awaited, also_ref, source_ref
    FROM log_places
    WHERE occurred_at >= $since AND occurred_at < $until
),
found AS (
    SELECT
        occurred_at, username, action, also_ref, source_ref,
        CASE
            WHEN differs IS NOT NULL THEN 'the two rows differ: ' || differs
            WHEN awaited AND log_id IS NULL THEN 'not in the log of Superset'
            WHEN awaited AND audit_id IS NULL THEN 'not in the audit database'
        END AS finding
    FROM told
)
SELECT occurred_at, username, action, finding, also_ref, source_ref
FROM found
WHERE finding IS NOT NULL
ORDER BY occurred_at, source_ref
