-- /// audit
-- id = "embedded_dashboards"
-- version = 2
-- title = "Embedded dashboards"
-- purpose = "Dashboards that other sites may show; those that any site may show are flagged."
-- kind = "indicator"
-- time = "as_of"
-- reads = ["embeddings"]
-- requires = ["embeddings_now"]
-- denominator = "embeddings"
-- denominator_noun = "embedded dashboards"
-- key = ["source_ref"]
-- [columns]
-- dashboard_id = { label = "Dashboard", type = "integer" }
-- name = { label = "Title", type = "text" }
-- allowed_domains = { label = "Allowed sites", type = "text" }
-- changed_by = { label = "Last editor", type = "text" }
-- changed_at = { label = "Last changed (UTC)", type = "datetime" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    dashboard_id, name, allowed_domains, changed_by, changed_at,
    CASE WHEN allowed_domains IS NULL THEN 'may be shown by any site' END AS flag_reason,
    source_ref
FROM embeddings
ORDER BY dashboard_id, source_ref
