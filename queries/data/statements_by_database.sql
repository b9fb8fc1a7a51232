-- /// audit
-- id = "statements_by_database"
-- version = 3
-- title = "Statements against a database"
-- purpose = "What was run in SQL Lab against one database, named as Superset names it."
-- kind = "listing"
-- time = "period"
-- reads = ["statements"]
-- requires = ["sql_statements"]
-- denominator = "statements"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- database = { type = "text", help = "Name of the database in Superset." }
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
WHERE LOWER(database_name) = LOWER($database) AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
