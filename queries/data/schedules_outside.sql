-- /// audit
-- id = "schedules_outside"
-- version = 2
-- title = "Alerts and reports sent outside"
-- purpose = "Who gets alerts and reports; e-mail addresses outside the organisation's declared domains are flagged."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["schedules", "recipients"]
-- requires = ["schedules_now", "domains"]
-- denominator = "addresses"
-- denominator_noun = "e-mail addresses of alerts and reports"
-- key = ["source_ref", "field", "address"]
-- [columns]
-- name = { label = "Alert or report", type = "text" }
-- address = { label = "Recipient", type = "text" }
-- field = { label = "As", type = "text" }
-- type = { label = "By", type = "text" }
-- active = { label = "Active", type = "boolean" }
-- target = { label = "Sends", type = "text" }
-- changed_by = { label = "Last editor", type = "text" }
-- last_run_at = { label = "Last run (UTC)", type = "datetime" }
-- not_judged = { label = "Not judged because", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH addresses AS (
    SELECT source_ref, field, address
    FROM recipients
    WHERE inside IS NOT NULL
)
SELECT
    s.name, r.address, r.field, r.type, s.active, s.target, s.changed_by, s.last_run_at,
    CASE
        WHEN r.domain IS NOT NULL THEN NULL
        WHEN r.address IS NULL THEN 'no address can be read'
        WHEN LOWER(r.type) = 'email' THEN 'the address has no domain'
        ELSE 'only e-mail addresses have a domain'
    END AS not_judged,
    CASE WHEN a.source_ref IS NOT NULL AND NOT r.inside THEN 'outside the declared domains' END AS flag_reason,
    r.source_ref
FROM recipients AS r
INNER JOIN schedules AS s ON s.source_ref = r.schedule_ref
LEFT JOIN addresses AS a ON a.source_ref = r.source_ref AND a.field = r.field AND a.address = r.address
ORDER BY s.name, r.source_ref, r.field, r.address
