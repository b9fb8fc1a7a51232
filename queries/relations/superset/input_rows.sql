-- The user's files of people against the accounts: by name, then by e-mail; letter case aside where nothing matches
-- exactly.
WITH people AS (
    SELECT 'leavers' AS file, line, username, email
    FROM raw.leavers
    UNION ALL
    SELECT 'approved_admins', line, username, email
    FROM raw.approved_admins
    UNION ALL
    SELECT 'tickets', line, username, email
    FROM raw.tickets
    WHERE username IS NOT NULL OR email IS NOT NULL
    UNION ALL
    SELECT 'reviewers', line, username, email
    FROM raw.reviewers
),
by_name AS (
    SELECT
        f.file,
        f.line,
        coalesce(nullif(count(*) FILTER (WHERE u.username = f.username), 0), count(*)) AS matches,
        coalesce(min(u.id) FILTER (WHERE u.username = f.username), min(u.id)) AS user_id
    FROM people AS f
    INNER JOIN raw.ab_user AS u ON lower(u.username) = lower(f.username)
    GROUP BY f.file, f.line
),
by_email AS (
    SELECT
        f.file,
        f.line,
        coalesce(nullif(count(*) FILTER (WHERE u.email = f.email), 0), count(*)) AS matches,
        coalesce(min(u.id) FILTER (WHERE u.email = f.email), min(u.id)) AS user_id
    FROM people AS f
    INNER JOIN raw.ab_user AS u ON lower(u.email) = lower(f.email)
    GROUP BY f.file, f.line
)
SELECT
    f.file,
    f.line,
    f.username,
    f.email,
    coalesce(n.user_id, e.user_id) AS user_id,
    CASE WHEN n.user_id IS NOT NULL THEN 'username' WHEN e.user_id IS NOT NULL THEN 'email' END AS matched_by,
    -- A name and an e-mail of two different accounts: which of them is meant is not for us to say.
    CASE WHEN n.user_id <> e.user_id THEN 2 ELSE coalesce(n.matches, e.matches, 0) END AS matches
FROM people AS f
LEFT JOIN by_name AS n ON n.file = f.file AND n.line = f.line
LEFT JOIN by_email AS e ON e.file = f.file AND e.line = f.line
ORDER BY f.file, f.line
