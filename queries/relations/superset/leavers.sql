-- The file of leavers, each with the account that it means.
SELECT f.line, f.username, f.email, f.left_on, p.user_id, p.matched_by, p.matches
FROM raw.leavers AS f
INNER JOIN input_rows AS p ON p.file = 'leavers' AND p.line = f.line
ORDER BY f.line
