-- Attempts to sign in. Released Supersets up to 6.1.0 write none; the recorder and the coming release do, and a file
-- from the identity provider or the proxy can be given. An extended log has those that its custom logger wrote.
WITH attempts AS (
    SELECT
        l.row_ref AS source_ref,
        l.occurred_at,
        -- The recorder keeps the name as typed. What the coming release keeps is not known: the account's id goes first.
        coalesce(
            CASE WHEN l.recorder OR l.custom THEN l.stated_username END, u.username, l.stated_username,
            'account ' || l.user_id || ' (gone)', 'unattributed'
        ) AS username,
        -- The action is the server's word, the payload may be a client's: it can make a failure a refusal, not a success.
        CASE
            WHEN l.action = 'UserLoggedIn' THEN 'succeeded'
            WHEN l.custom AND r.outcome <> 'failed' THEN coalesce(l.stated_outcome, 'unknown')
            WHEN (l.recorder OR l.custom) AND l.stated_outcome = 'refused' THEN 'refused'
            ELSE 'failed'
        END AS event_outcome,
        l.reason,
        l.source_ip,
        'Superset' AS system,
        CASE WHEN l.recorder THEN 'recorder' WHEN l.custom THEN 'custom' ELSE 'server' END AS reported_by,
        l.id AS position
    FROM log_rows AS l
    LEFT JOIN raw.ab_user AS u ON u.id = l.user_id
    INNER JOIN raw.action_rules AS r ON r.name = l.rule AND r.first
    WHERE r.kind = 'sign_in' AND r.verb = 'sign_in'
    UNION ALL
    SELECT
        'file:' || f.line, f.occurred_at, f.username, f.event_outcome, NULL, f.ip, f.system, 'file', f.line
    FROM raw.sign_in_file AS f
    CROSS JOIN run_context AS c
    WHERE f.occurred_at >= c.extracted_since AND f.occurred_at < c.until
),
-- Names that are one account's also when letter case is put aside.
folded AS (
    SELECT lower(username) AS username, min(id) AS id
    FROM raw.ab_user
    GROUP BY lower(username)
    HAVING count(*) = 1
)
SELECT
    a.source_ref,
    a.occurred_at,
    CAST(to_zone(a.occurred_at, c.zone) AS DATE) AS local_date,
    hour(to_zone(a.occurred_at, c.zone)) AS local_hour,
    isodow(to_zone(a.occurred_at, c.zone)) AS local_weekday,
    a.username,
    coalesce(e.id, k.id) AS user_id,
    a.event_outcome,
    a.reason,
    a.source_ip,
    a.system,
    a.reported_by
FROM attempts AS a
CROSS JOIN run_context AS c
LEFT JOIN raw.ab_user AS e ON e.username = a.username
LEFT JOIN folded AS k ON k.username = lower(a.username)
ORDER BY a.occurred_at, a.reported_by, a.position
