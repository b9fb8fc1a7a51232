-- /// audit
-- id = "unbound_rules"
-- version = 2
-- title = "Row-level-security rules that bind nothing"
-- purpose = "Row-level-security rules with what they bind; those that filter no dataset, or hold for nobody, are flagged."
-- kind = "deviation"
-- time = "as_of"
-- reads = ["row_rules"]
-- requires = ["row_rules_now"]
-- denominator = "row_rules"
-- denominator_noun = "row-level-security rules"
-- key = ["source_ref"]
-- [columns]
-- name = { label = "Rule", type = "text" }
-- filter_type = { label = "Type", type = "text" }
-- datasets = { label = "Datasets", type = "text" }
-- roles = { label = "Roles", type = "text" }
-- changed_by = { label = "Last editor", type = "text" }
-- changed_at = { label = "Last changed (UTC)", type = "datetime" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- A Base rule without roles has no exceptions: it holds for everybody. Any other rule holds for the roles it names.
SELECT
    name, filter_type, datasets, roles, changed_by, changed_at,
    CASE
        WHEN datasets IS NULL AND roles IS NULL AND COALESCE(LOWER(filter_type), '') <> 'base'
            THEN 'binds no dataset and no role'
        WHEN datasets IS NULL THEN 'binds no dataset'
        WHEN roles IS NULL AND COALESCE(LOWER(filter_type), '') <> 'base' THEN 'binds no role'
    END AS flag_reason,
    source_ref
FROM row_rules
ORDER BY name, source_ref
