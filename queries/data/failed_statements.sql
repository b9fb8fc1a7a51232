-- /// audit
-- id = "failed_statements"
-- version = 2
-- title = "Failed and aborted statements"
-- purpose = "SQL Lab statements that failed, ran out of time, were stopped, or never ended."
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
-- status = { label = "Status", type = "text" }
-- outcome_basis = { label = "How it is known", type = "text" }
-- sql_text = { label = "Statement", type = "sql" }
-- error = { label = "Error", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT occurred_at, username, database_name, statement_kind, status, outcome_basis, sql_text, error, source_ref
FROM statements
WHERE event_outcome IN ('failed', 'unknown') AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
