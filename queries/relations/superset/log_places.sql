-- Events of the recorder in Superset's log and in its own database, where both are read: which place holds which, and
-- whether they say the same. The recorder's own actions are known by their event_id. Superset's own acts that were
-- declared sensitive have none in the log: there the row of the same act, account and duration is looked for, nearest in
-- time, and its row is the wider one.
WITH audit AS (
    SELECT
        e.*,
        CASE WHEN json_valid(e.json) THEN CAST(e.json AS JSON) END AS body,
        r.action IS NOT NULL AS is_own,
        CASE WHEN r.action IS NOT NULL THEN e.event_id END AS own_event_id
    FROM raw.audit_events AS e
    LEFT JOIN raw.recorder_actions AS r ON r.action = e.action
),
log AS (
    SELECT id, action, user_id, dttm, json, body, stated_id AS event_id
    FROM (
        SELECT
            l.*,
            CASE WHEN json_valid(l.json) THEN CAST(l.json AS JSON) END AS body,
            body ->> '$.event_id' AS stated_id
        FROM raw.main_logs AS l
        INNER JOIN raw.recorder_actions AS r ON r.action = l.action
    )
    WHERE (body ->> '$.recorder') = '1' AND stated_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY stated_id ORDER BY id) = 1
),
candidates AS (
    SELECT a.id AS audit_id, l.id AS log_id, abs(epoch_us(l.dttm) - epoch_us(a.dttm)) AS distance
    FROM audit AS a
    INNER JOIN raw.main_logs AS l
        ON l.action = a.action AND l.duration_ms IS NOT DISTINCT FROM a.duration_ms
        AND (l.user_id IS NULL OR l.user_id = a.user_id)
        AND l.dttm BETWEEN a.dttm - INTERVAL 2 SECOND AND a.dttm + INTERVAL 2 SECOND
    WHERE NOT a.is_own
),
copies AS (
    SELECT audit_id, log_id
    FROM (
        SELECT
            audit_id, log_id,
            row_number() OVER (PARTITION BY audit_id ORDER BY distance, log_id) AS own_choice,
            row_number() OVER (PARTITION BY log_id ORDER BY distance, audit_id) AS choice
        FROM candidates
    )
    WHERE own_choice = 1 AND choice = 1
),
pairs AS (
    SELECT a.id AS audit_id, l.id AS log_id, FALSE AS copied
    FROM (SELECT * FROM audit WHERE is_own) AS a
    FULL JOIN log AS l ON l.event_id = a.own_event_id
    UNION ALL
    SELECT a.id, c.log_id, TRUE
    FROM audit AS a
    LEFT JOIN copies AS c ON c.audit_id = a.id
    WHERE NOT a.is_own
),
compared AS (
    SELECT
        p.*,
        coalesce(a.event_id, l.event_id) AS event_id,
        coalesce(a.action, l.action) AS action,
        coalesce(a.dttm, l.dttm) AS occurred_at,
        coalesce(a.body, l.body) ->> '$.username' AS username,
        CASE WHEN NOT p.copied AND p.audit_id IS NOT NULL AND p.log_id IS NOT NULL THEN nullif(array_to_string(list_concat(
            CASE WHEN a.action <> l.action THEN ['action'] ELSE [] END,
            -- In the log it is gone when the account is deleted.
            CASE WHEN l.user_id IS NOT NULL AND l.user_id IS DISTINCT FROM a.user_id THEN ['user_id'] ELSE [] END,
            CASE WHEN abs(epoch_ms(a.dttm) - epoch_ms(l.dttm)) > 1000 THEN ['time'] ELSE [] END,
            -- The recorder writes the same text into both.
            CASE WHEN a.json <> l.json AND a.body IS NOT NULL THEN list_filter(
                list_sort(list_distinct(list_concat(json_keys(a.body), json_keys(l.body)))),
                lambda key: json_extract_string(a.body, '$."' || key || '"')
                    IS DISTINCT FROM json_extract_string(l.body, '$."' || key || '"')
            ) ELSE [] END
        ), ', '), '') END AS differs
    FROM pairs AS p
    LEFT JOIN audit AS a ON a.id = p.audit_id
    LEFT JOIN log AS l ON l.id = p.log_id
)
SELECT
    coalesce('logs:' || k.log_id, c.audit || '/logs:' || k.audit_id) AS source_ref,
    CASE WHEN k.log_id IS NOT NULL THEN c.audit || '/logs:' || k.audit_id END AS also_ref,
    k.log_id,
    k.audit_id,
    k.event_id,
    k.action,
    k.occurred_at,
    k.username,
    k.copied,
    k.differs,
    -- A place that has recorded before should have it too, unless its row may still be on its way. A second at either
    -- edge of what was read is left out: some servers keep whole seconds.
    (k.log_id IS NULL OR k.audit_id IS NULL)
        AND k.occurred_at >= c.extracted_since + INTERVAL 1 SECOND AND k.occurred_at < c.until - INTERVAL 1 SECOND
        AND k.occurred_at < c.read_at - INTERVAL 15 MINUTE
        AND coalesce(k.occurred_at >= CASE
            WHEN k.log_id IS NULL AND k.copied THEN (SELECT min(first_at) FROM raw.main_summary)
            WHEN k.log_id IS NULL THEN (SELECT min(first_at) FROM raw.main_summary WHERE action = 'RecorderHeartbeat')
            ELSE (SELECT min(first_at) FROM raw.audit_summary WHERE action = 'RecorderHeartbeat')
        END, FALSE) AS awaited
FROM compared AS k
CROSS JOIN run_context AS c
WHERE c.audit IS NOT NULL
ORDER BY k.occurred_at, source_ref
