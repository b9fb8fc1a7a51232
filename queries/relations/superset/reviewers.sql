-- The file of people who may read the audit log, each with the account that it means.
SELECT f.line, f.username, f.email, f.reviews, p.user_id, p.matched_by, p.matches
FROM raw.reviewers AS f
INNER JOIN input_rows AS p ON p.file = 'reviewers' AND p.line = f.line
ORDER BY f.line
