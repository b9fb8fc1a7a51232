-- /// audit
-- id = "recorder_losses"
-- version = 2
-- title = "Records that were lost"
-- purpose = "Processes of the recorder that ended unexpectedly, and records that could not be made: how many were lost?"
-- kind = "indicator"
-- time = "period"
-- reads = ["log_rows"]
-- requires = ["recorder_counts"]
-- denominator = "written"
-- denominator_noun = "rows of the recorder, heartbeats among them"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Reported (UTC)", type = "datetime" }
-- process = { label = "Process", type = "text" }
-- reason = { label = "Reason", type = "text" }
-- records_lost = { label = "Lost", type = "integer" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH written AS (
    SELECT action, recorder, occurred_at, target_name, reason, records_lost, row_ref AS source_ref
    FROM log_rows
    WHERE (recorder OR kind = 'heartbeat') AND occurred_at >= $since AND occurred_at < $until
)
SELECT
    occurred_at,
    target_name AS process,
    reason,
    records_lost,
    CASE
        WHEN records_lost IS NULL THEN 'how many records are lost is not said'
        WHEN records_lost > 0 THEN 'records are lost'
    END AS flag_reason,
    source_ref
FROM written
WHERE action = 'RecorderLost' AND recorder
ORDER BY occurred_at, source_ref
