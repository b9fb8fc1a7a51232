-- Accounts at the read point. last_login is Flask-AppBuilder's own (older ones set it on failures too), so that the
-- last activity is taken from the log.
WITH roles AS (
    SELECT user_id, string_agg(DISTINCT role, ', ' ORDER BY role) AS roles, bool_or(role = 'Admin') AS is_admin
    FROM grants
    GROUP BY user_id
),
activity AS (
    -- A custom logger's rows may have the name alone.
    SELECT coalesce(s.user_id, n.id) AS user_id, max(s.last_at) AS last_at
    FROM log_summary AS s
    LEFT JOIN raw.ab_user AS n ON s.user_id IS NULL AND n.username = s.username
    WHERE coalesce(s.user_id, n.id) IS NOT NULL AND s.action <> 'UserLoginFailed'
    GROUP BY coalesce(s.user_id, n.id)
)
SELECT
    'ab_user:' || u.id AS source_ref,
    u.id AS user_id,
    u.username,
    concat_ws(' ', u.first_name, u.last_name) AS full_name,
    u.email,
    u.active,
    r.roles,
    coalesce(r.is_admin, FALSE) AS is_admin,
    u.created_on AS created_local,
    to_utc(u.created_on, c.server_zone) AS created_at,
    b.username AS created_by,
    u.last_login AS last_login_local,
    to_utc(u.last_login, c.server_zone) AS last_login_at,
    u.login_count,
    u.fail_login_count,
    a.last_at AS last_activity_at
FROM raw.ab_user AS u
CROSS JOIN run_context AS c
LEFT JOIN roles AS r ON r.user_id = u.id
LEFT JOIN raw.ab_user AS b ON b.id = u.created_by_fk
LEFT JOIN activity AS a ON a.user_id = u.id
ORDER BY u.username, u.id
