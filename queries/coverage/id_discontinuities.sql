-- /// audit
-- id = "id_discontinuities"
-- version = 2
-- title = "Ranges of ids without a row"
-- purpose = "Where the ids of the log's rows are not consecutive. A fact and no proof: an insert that was rolled back uses up an id, sequences hand them out in blocks, and a row can be lost without leaving a range."
-- kind = "listing"
-- time = "period"
-- reads = ["log_rows"]
-- requires = ["log_rows"]
-- denominator = "log_rows"
-- lookback = "1h"
-- key = ["from_id"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- largest = { type = "integer", default = 100, help = "How many ranges are shown, the largest first." }
-- [columns]
-- from_id = { label = "From id", type = "integer" }
-- to_id = { label = "To id", type = "integer" }
-- ids = { label = "Ids", type = "integer" }
-- before_at = { label = "Row before (UTC)", type = "datetime" }
-- after_at = { label = "Row after (UTC)", type = "datetime" }
-- all_ranges = { label = "Ranges in all", type = "integer" }
-- all_ids = { label = "Ids in all", type = "integer" }
-- ///
-- Ids and times may be in a different order by moments, and rows at or after the end are not here: so that they are not
-- taken for absent, the last minute of the window is left out.
WITH neighbours AS (
    SELECT
        id, occurred_at,
        LAG(id) OVER (ORDER BY id) AS id_before,
        LAG(occurred_at) OVER (ORDER BY id) AS before_at
    FROM log_rows
    WHERE audit_only IS NOT TRUE
),
ranges AS (
    SELECT
        id_before + 1 AS from_id, id - 1 AS to_id, id - id_before - 1 AS ids, before_at, occurred_at AS after_at
    FROM neighbours
    WHERE id - id_before > 1 AND occurred_at >= $since AND occurred_at < $until - INTERVAL '1' MINUTE
),
ranked AS (
    SELECT
        from_id, to_id, ids, before_at, after_at,
        COUNT(*) OVER () AS all_ranges,
        CAST(SUM(ids) OVER () AS BIGINT) AS all_ids,
        ROW_NUMBER() OVER (ORDER BY ids DESC, from_id) AS place
    FROM ranges
)
SELECT from_id, to_id, ids, before_at, after_at, all_ranges, all_ids
FROM ranked
WHERE place <= $largest
ORDER BY ids DESC, from_id
