-- The file of approved administrators, each with the account that it means.
SELECT f.line, f.username, f.email, f.approved_by, f.approved_on, p.user_id, p.matched_by, p.matches
FROM raw.approved_admins AS f
INNER JOIN input_rows AS p ON p.file = 'approved_admins' AND p.line = f.line
ORDER BY f.line
