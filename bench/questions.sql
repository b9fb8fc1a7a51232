-- Questions of the SOC 2 report as an administrator would ask them of the server, one by one, on Superset's own tables.
-- Each stands under the name of the canned query that answers it from the relations. They are simpler than those: rows
-- of one act are not folded into one, actions of older versions are not known, and what a row says is taken for true.

-- failed_logins
SELECT l.dttm, u.username, l.json::json ->> 'username', l.json::json ->> 'reason', l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action = 'UserLoginFailed' ORDER BY l.dttm, l.id;

-- repeated_failures
SELECT json::json ->> 'username', dttm::date, count(*), min(dttm), max(dttm)
FROM logs WHERE action = 'UserLoginFailed' GROUP BY 1, 2 HAVING count(*) >= 5 ORDER BY 1, 2;

-- success_after_failures
SELECT * FROM (
    SELECT dttm, user_id, action, id, count(*) FILTER (WHERE action = 'UserLoginFailed') OVER (
        PARTITION BY user_id ORDER BY dttm RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW
    ) AS failures
    FROM logs WHERE action IN ('UserLoggedIn', 'UserLoginFailed')
) AS attempts
WHERE action = 'UserLoggedIn' AND failures >= 3 ORDER BY dttm, id;

-- deletions
SELECT l.dttm, u.username, l.action, l.json, l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action LIKE '%.delete' OR l.action LIKE '%.bulk\_delete' ORDER BY l.dttm, l.id;

-- content_changes
SELECT l.dttm, u.username, l.action, l.json, l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action ~ '\.(post|put|delete|bulk_delete|import_)$' ORDER BY l.dttm, l.id;

-- exports
SELECT l.dttm, u.username, l.action, l.json, l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action ~ '\.(export|export_csv|export_streaming_csv|screenshot)$'
    OR (l.action = 'ChartDataRestApi.data' AND l.json ~ '"result_format": "(csv|xlsx)"')
ORDER BY l.dttm, l.id;

-- data_requests
SELECT l.dttm, u.username, l.slice_id, l.dashboard_id, l.duration_ms, l.json, l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action IN ('ChartDataRestApi.data', 'ChartDataRestApi.get_data', 'ChartDataRestApi.data_from_cache')
ORDER BY l.dttm, l.id;

-- sensitive_dashboard_views
SELECT l.dttm, u.username, l.dashboard_id, l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action = 'DashboardRestApi.get'
    AND l.dashboard_id IN (SELECT id FROM dashboards WHERE slug IN ('patient-census', 'executive-finance'))
ORDER BY l.dttm, l.id;

-- privileged_activity
SELECT l.dttm, u.username, l.action, l.id
FROM logs AS l
JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action ~ '\.(post|put|delete|bulk_delete|import_|export)$|^(User|Role|Group)(Created|Updated|Deleted)$'
    AND l.user_id IN (
        SELECT m.user_id FROM ab_user_role AS m JOIN ab_role AS r ON r.id = m.role_id WHERE r.name = 'Admin'
    )
ORDER BY l.dttm, l.id;

-- guest_tokens
SELECT dttm, user_id, json, id FROM logs WHERE action = 'guest_token' ORDER BY dttm, id;

-- audit_log_reads
SELECT dttm, user_id, json, id FROM logs WHERE action LIKE 'LogRestApi.%' ORDER BY dttm, id;

-- unattributed_activity
SELECT dttm, action, json, id FROM logs
WHERE user_id IS NULL AND action NOT IN ('RecorderHeartbeat', 'UserLoggedIn', 'UserLoginFailed', 'execute_sql')
ORDER BY dttm, id;

-- log_coverage
SELECT dttm::date, count(*), count(DISTINCT user_id), min(dttm), max(dttm) FROM logs GROUP BY 1 ORDER BY 1;

-- silent_intervals
SELECT * FROM (SELECT dttm, lag(dttm) OVER (ORDER BY dttm) AS before FROM logs) AS gaps
WHERE dttm - before > interval '4 days' ORDER BY dttm;

-- id_discontinuities
SELECT * FROM (SELECT id, lag(id) OVER (ORDER BY id) AS before FROM logs) AS gaps WHERE id - before > 1 ORDER BY id;

-- dormant_accounts
SELECT u.username, u.last_login, a.last_at
FROM ab_user AS u LEFT JOIN (SELECT user_id, max(dttm) AS last_at FROM logs GROUP BY 1) AS a ON a.user_id = u.id
WHERE u.active AND coalesce(a.last_at, u.last_login, u.created_on) < timestamp '2026-11-24' - interval '90 days'
ORDER BY 1;

-- access_changes
SELECT l.dttm, u.username, l.action, l.json, l.id
FROM logs AS l LEFT JOIN ab_user AS u ON u.id = l.user_id
WHERE l.action ~ '^(User|Role|Group)(Created|Updated|Deleted)$' ORDER BY l.dttm, l.id;
