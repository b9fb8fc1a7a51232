-- /// audit
-- id = "sql_statements"
-- version = 2
-- title = "SQL Lab statements"
-- purpose = "Every statement that was run in SQL Lab, with who ran it and what became of it. Charts never appear here."
-- kind = "listing"
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
-- rows_returned = { label = "Rows", type = "integer" }
-- duration_ms = { label = "Duration", type = "duration_ms" }
-- sql_text = { label = "Statement", type = "sql" }
-- error = { label = "Error", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    occurred_at, username, database_name, statement_kind, status, rows_returned, duration_ms, sql_text, error, source_ref
FROM statements
WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
