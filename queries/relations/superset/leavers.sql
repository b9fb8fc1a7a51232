-- The file of leavers against the accounts: by name, then by e-mail; letter case aside
-- where nothing matches exactly.
WITH by_name AS (
    SELECT
        f.line,
        coalesce(nullif(count(*) FILTER (WHERE u.username = f.username), 0), count(*)) AS matches,
        coalesce(min(u.id) FILTER (WHERE u.username = f.username), min(u.id)) AS user_id
    FROM raw.leavers AS f
    INNER JOIN raw.ab_user AS u ON lower(u.username) = lower(f.username)
    GROUP BY f.line
),
by_email AS (
    SELECT
        f.line,
        coalesce(nullif(count(*) FILTER (WHERE u.email = f.email), 0), count(*)) AS matches,
        coalesce(min(u.id) FILTER (WHERE u.email = f.email), min(u.id)) AS user_id
    FROM raw.leavers AS f
    INNER JOIN raw.ab_user AS u ON lower(u.email) = lower(f.email)
    GROUP BY f.line
)
SELECT
    f.line,
    f.username,
    f.email,
    f.left_on,
    coalesce(n.user_id, e.user_id) AS user_id,
    CASE WHEN n.user_id IS NOT NULL THEN 'username' WHEN e.user_id IS NOT NULL THEN 'email' END AS matched_by,
    -- A name and an e-mail of two different accounts: which of them is meant is not for us to say.
    CASE WHEN n.user_id <> e.user_id THEN 2 ELSE coalesce(n.matches, e.matches, 0) END AS matches
FROM raw.leavers AS f
LEFT JOIN by_name AS n ON n.line = f.line
LEFT JOIN by_email AS e ON e.line = f.line
ORDER BY f.line
