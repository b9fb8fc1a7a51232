-- /// audit
-- id = "input_rows_unmatched"
-- version = 2
-- title = "Lines of the given files that match no account"
-- purpose = "Lines of the leavers, approved administrators and other files of people whose name and e-mail are no account's: left already, never there, or misspelt."
-- kind = "indicator"
-- time = "as_of"
-- reads = ["input_rows"]
-- requires = ["accounts_now"]
-- denominator = "input_rows"
-- denominator_noun = "lines of the files of people"
-- key = ["file", "line"]
-- [columns]
-- file = { label = "File", type = "text" }
-- line = { label = "Line", type = "integer" }
-- username = { label = "Account as given", type = "text" }
-- email = { label = "E-mail as given", type = "text" }
-- ///
SELECT file, line, username, email
FROM input_rows
WHERE matches = 0
ORDER BY file, line
