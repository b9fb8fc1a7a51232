-- /// audit
-- id = "sql_changes"
-- version = 2
-- title = "SQL Lab statements that change something"
-- purpose = "SQL Lab statements that change data, structure or rights, and those of which it cannot be told, with what became of them."
-- kind = "indicator"
-- time = "period"
-- reads = ["statements"]
-- requires = ["sql_statements"]
-- denominator = "statements"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- occurred_at = { label = "Start (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- database_name = { label = "Database", type = "text" }
-- statement_kind = { label = "Kind", type = "text" }
-- effect = { label = "Effect", type = "text" }
-- status = { label = "Status", type = "text" }
-- sql_text = { label = "Statement", type = "sql" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH judged AS (
    SELECT
        occurred_at, username, database_name, statement_kind, status, sql_text, source_ref,
        CASE
            WHEN sql_text IS NULL OR unread_reason IS NOT NULL THEN 'not parsed'
            WHEN statement_kind IN ('INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE') THEN 'changes data'
            WHEN statement_kind IN ('CREATE', 'ALTER', 'DROP') THEN 'changes structure'
            WHEN statement_kind = 'GRANT' THEN 'changes rights'
            -- Calls, copies, transactions: the parser knows them, but not what they come to.
            WHEN statement_kind = 'OTHER' THEN 'may change something'
        END AS effect
    FROM statements
    WHERE occurred_at >= $since AND occurred_at < $until
)
SELECT occurred_at, username, database_name, statement_kind, effect, status, sql_text, source_ref
FROM judged
WHERE effect IS NOT NULL
ORDER BY occurred_at, source_ref
