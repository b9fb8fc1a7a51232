-- One row per act. A row of the log is an attempt: an edit that was refused (403), invalid (400) or aimed at nothing
-- (404) leaves the same row as one that succeeded. So the outcome is raised only where something else confirms it:
-- the object's own last change, its absence, another row of the same act, or a refusal that the recorder saw.
WITH state_types AS (
    SELECT unnest(['dashboard', 'chart', 'dataset', 'database', 'rls_rule', 'schedule', 'saved_query', 'account']) AS object_type
),
-- Since when the log shows what its Superset writes: execute_sql came with the stored JSON bodies (4.1), the row of an
-- answer that was put together with 5.0.
habits AS (
    SELECT
        min(first_at) FILTER (WHERE action = 'execute_sql' AND own IS NOT TRUE) AS bodies_since,
        min(first_at) FILTER (WHERE action = '_get_data_response') AS answers_since
    FROM log_summary
),
-- An act of one row is that row: only what was folded is looked up.
folded AS (
    SELECT act_id, first_id, rows, has_json_dumps, has_response, failed_by, alone, told_id
    FROM acts
    WHERE rows > 1 OR alone
),
told AS (
    SELECT id, stated_outcome, target_type, target_id, changes
    FROM log_rows
    WHERE id IN (SELECT told_id FROM folded)
),
closing AS NOT MATERIALIZED (
    SELECT
        l.*,
        coalesce(l.occurred_at >= h.bodies_since, FALSE) AS bodies_are_stored,
        coalesce(l.occurred_at >= h.answers_since, FALSE) AS answers_are_logged,
        CASE WHEN a.act_id IS NULL THEN l.row_ref ELSE act_ref(a.first_id, l.id) END AS source_ref,
        coalesce(a.rows, 1) AS rows_folded,
        coalesce(a.has_json_dumps, l.action = 'ChartDataRestApi.json_dumps') AS has_json_dumps,
        coalesce(a.has_response, l.action = '_get_data_response') AS has_response,
        CASE
            WHEN a.act_id IS NOT NULL THEN a.failed_by
            WHEN l.action LIKE 'db_creation_failed%' OR l.action LIKE 'db_connection_failed%' THEN l.action
        END AS failed_by,
        coalesce(a.alone, FALSE) AS alone,
        coalesce(r.verb, '') AS verb,
        coalesce(r.object_type, '') AS rule_object,
        coalesce(r.target, '') AS target,
        coalesce(r.outcome, 'unknown') AS rule_outcome,
        coalesce(nullif(r.known_by, ''), CASE
            WHEN r.name IS NULL THEN 'the action is not in the map' ELSE 'a row is an attempt; nothing else is known of it'
        END) AS known_by,
        coalesce(r.route, '') AS rule_route,
        coalesce(r.reported_by, 'server') AS rule_reporter,
        l.action IN ('ChartDataRestApi.data', 'ChartDataRestApi.get_data') AS is_chart_data,
        a.told_id, w.stated_outcome AS told_outcome, w.target_type AS told_type, w.target_id AS told_target,
        w.changes AS told_changes
    FROM log_rows AS l
    LEFT JOIN folded AS a ON a.act_id = l.id
    LEFT JOIN told AS w ON w.id = a.told_id
    CROSS JOIN habits AS h
    LEFT JOIN raw.action_rules AS r ON r.name = l.rule AND r.first
    WHERE CASE WHEN l.fold = 'inner' THEN a.alone ELSE l.id NOT IN (SELECT id FROM told) END
),
-- What kind of act it is, where the action alone does not say.
typed AS NOT MATERIALIZED (
    SELECT
        c.*,
        CASE
            WHEN c.is_chart_data AND c.result_format IN ('csv', 'xlsx', 'xls') THEN 'export'
            -- The user interface sends exports as a form: no format, no queries, and no JSON is written. 4.1 does not
            -- log the answer: there, that nothing but a form was stored is all that tells.
            WHEN c.is_chart_data AND c.has_form_data AND NOT c.has_queries AND c.result_format IS NULL AND NOT c.has_json_dumps
                AND (
                    c.has_response
                    OR (c.path LIKE '%/api/v1/chart/data' AND c.bodies_are_stored AND NOT c.answers_are_logged)
                ) THEN 'export'
            WHEN c.action = 'explore_json' AND c.result_format = 'csv' THEN 'export'
            WHEN c.alone AND c.kind = 'inner' AND c.path IS NULL THEN 'scheduled_run'
            WHEN c.alone AND c.kind = 'inner' THEN 'data_request'
            ELSE c.kind
        END AS act_kind,
        coalesce(nullif(c.rule_object, ''), c.target_type, CASE
            WHEN c.chart_id IS NOT NULL THEN 'chart' WHEN c.dashboard_id IS NOT NULL THEN 'dashboard'
            WHEN c.database_id IS NOT NULL THEN 'database' ELSE ''
        END) AS row_object
    FROM closing AS c
),
targeted AS NOT MATERIALIZED (
    SELECT
        t.*,
        q.id AS statement_id,
        q.database_id AS statement_database,
        -- Rounding of duration_ms and whole seconds on some servers; rows without a duration are written mid-request.
        CASE WHEN t.duration_ms IS NULL THEN INTERVAL 2 SECOND ELSE INTERVAL 1 SECOND END AS slack,
        CASE
            WHEN t.alone AND t.path = '/datasource/samples' THEN 'dataset'
            WHEN t.target = 'chart' AND t.chart_id IS NULL AND t.dataset_id IS NOT NULL THEN 'dataset'
            WHEN t.target = 'chart' AND t.chart_id IS NULL AND t.told_type IS NOT NULL THEN t.told_type
            WHEN t.target = 'target' AND t.rule_object = '' THEN coalesce(t.target_type, '')
            WHEN t.target = 'row' THEN t.row_object
            ELSE t.rule_object
        END AS object_type,
        CASE
            WHEN t.alone AND t.path = '/datasource/samples' THEN CAST(t.dataset_id AS VARCHAR)
            WHEN t.target = 'pk' THEN t.pk
            WHEN t.target = 'rison' THEN t.ids
            WHEN t.target = 'id_or_slug' THEN coalesce(slug.object_id, t.id_or_slug)
            WHEN t.target = 'dashboard' AND t.kind IN ('view', 'page')
                THEN coalesce(slug.object_id, nullif(regexp_extract(t.id_or_slug, '^\d+$'), ''), CAST(t.dashboard_id AS VARCHAR))
            WHEN t.target = 'dashboard' THEN CAST(t.dashboard_id AS VARCHAR)
            WHEN t.target = 'chart' THEN coalesce(CAST(coalesce(t.chart_id, t.dataset_id) AS VARCHAR), t.told_target)
            WHEN t.target = 'dataset' THEN CAST(t.dataset_id AS VARCHAR)
            WHEN t.target = 'database' THEN CAST(t.database_id AS VARCHAR)
            WHEN t.target = 'client' THEN CAST(q.id AS VARCHAR)
            WHEN t.target = 'own' THEN CAST(t.user_id AS VARCHAR)
            WHEN t.target = 'target' THEN t.target_id
            WHEN t.target = 'row' THEN coalesce(t.target_id, CAST(CASE t.row_object
                WHEN 'chart' THEN t.chart_id WHEN 'dashboard' THEN t.dashboard_id WHEN 'database' THEN t.database_id
            END AS VARCHAR))
        END AS stated_id
    FROM typed AS t
    LEFT JOIN raw.query AS q ON q.client_id = t.client_id AND t.client_id IS NOT NULL
    LEFT JOIN state AS slug ON slug.object_type = 'dashboard' AND slug.slug = t.id_or_slug
),
-- The few acts that may have changed, made or removed an object, or taken it away.
changing AS MATERIALIZED (
    SELECT
        id, user_id, occurred_at, started_at, slack, duration_ms, title, act_kind, verb, object_type, stated_id
    FROM targeted
    WHERE act_kind IN ('content_change', 'access_change', 'export')
),
-- How often an object's deletion was tried in the extract: one of several attempts removed it, and which is not known.
deletions AS (
    SELECT object_type, stated_id, count(*) AS attempts
    FROM changing
    WHERE act_kind IN ('content_change', 'access_change') AND verb = 'delete'
    GROUP BY object_type, stated_id
),
-- Deletions of the same kind of object outside the extract: any of them may have removed it, before or since.
deletions_elsewhere AS (
    SELECT split_part(s.action, '.', 1) AS class, CAST(sum(s.rows) AS BIGINT) AS attempts
    FROM log_summary AS s
    CROSS JOIN run_context AS c
    WHERE s.action LIKE '%RestApi.%delete' AND (s.last_at >= c.until OR s.first_at < c.extracted_since)
    GROUP BY split_part(s.action, '.', 1)
),
-- What a gone object was called, as far as an edit in the extract says; of a dashboard else the slug it was opened by.
called AS (
    SELECT
        object_type, stated_id,
        coalesce(
            max_by(title, occurred_at) FILTER (WHERE verb = 'update' AND title IS NOT NULL),
            max_by(id_or_slug, occurred_at) FILTER (
                WHERE target = 'dashboard' AND rule_reporter = 'server' AND NOT regexp_full_match(id_or_slug, '\d+')
            )
        ) AS title
    FROM targeted
    WHERE stated_id IS NOT NULL
    GROUP BY object_type, stated_id
),
-- Objects that a creating act made: each object picks one act of its author that ran when it was created, one with its
-- name first, then the one that ended soonest after it; a row without a duration is written just before its object.
candidates AS (
    SELECT
        t.id, s.object_id,
        row_number() OVER (
            PARTITION BY s.object_type, s.object_id
            ORDER BY
                lower(s.name) = lower(t.title) OR lower(split_part(s.name, '.', -1)) = lower(t.title) DESC NULLS LAST,
                (t.occurred_at < s.created_at) <> (t.duration_ms IS NULL),
                abs(epoch_us(t.occurred_at) - epoch_us(s.created_at)), t.id
        ) AS choice
    FROM changing AS t
    INNER JOIN state AS s
        ON s.object_type = t.object_type AND s.created_by = t.user_id
        AND s.created_at >= t.started_at - t.slack AND s.created_at <= t.occurred_at + t.slack
    WHERE t.act_kind IN ('content_change', 'access_change') AND t.verb IN ('create', 'copy')
),
created AS (
    SELECT id, min(object_id) AS object_id, count(*) AS found
    FROM candidates
    WHERE choice = 1
    GROUP BY id
),
-- Ids that can have existed: up to the highest at the read point, and one more for each creation that nothing shows now.
known_ids AS (
    SELECT y.object_type, coalesce(h.highest, 0) + coalesce(g.gone, 0) AS highest
    FROM state_types AS y
    LEFT JOIN (SELECT object_type, max(TRY_CAST(object_id AS BIGINT)) AS highest FROM state GROUP BY object_type) AS h
        ON h.object_type = y.object_type
    LEFT JOIN (
        SELECT t.object_type, count(*) AS gone
        FROM changing AS t
        LEFT JOIN created AS n ON n.id = t.id
        WHERE t.act_kind IN ('content_change', 'access_change') AND t.verb IN ('create', 'copy') AND n.id IS NULL
        GROUP BY t.object_type
    ) AS g ON g.object_type = y.object_type
),
-- The one attempt that an object's last change belongs to: it was made meanwhile, or no other attempt is near.
edits AS (
    SELECT
        t.id, t.object_type, t.stated_id,
        s.changed_at >= t.started_at - INTERVAL 5 MILLISECOND AND s.changed_at < t.occurred_at + INTERVAL 5 MILLISECOND
            AS meanwhile,
        abs(epoch_us(t.occurred_at) - epoch_us(s.changed_at)) AS distance
    FROM changing AS t
    INNER JOIN state AS s
        ON s.object_type = t.object_type AND s.object_id = t.stated_id AND s.changed_by = t.user_id
        AND s.changed_at >= t.started_at - t.slack AND s.changed_at <= t.occurred_at + t.slack
    WHERE t.act_kind IN ('content_change', 'access_change') AND t.verb = 'update'
),
last_changes AS (
    SELECT id
    FROM (
        SELECT
            id, meanwhile,
            count(*) OVER (PARTITION BY object_type, stated_id) AS near,
            row_number() OVER (PARTITION BY object_type, stated_id ORDER BY meanwhile DESC, distance, id) AS choice
        FROM edits
    )
    WHERE choice = 1 AND (meanwhile OR near = 1)
),
refusals AS (
    SELECT t.id, min(f.id) AS refused_id
    FROM changing AS t
    INNER JOIN log_rows AS f
        ON f.action = 'AccessRefused' AND f.user_id = t.user_id AND f.target_type = t.object_type
        AND f.target_id = t.stated_id AND abs(epoch_ms(f.occurred_at) - epoch_ms(t.occurred_at)) <= 2000
    GROUP BY t.id
),
-- Few, and joined to each other first: each join that every act passes takes memory of its own.
seen AS (
    SELECT t.id, n.object_id AS made_id, n.found AS made_found, f.refused_id, l.id IS NOT NULL AS made_last_change
    FROM changing AS t
    LEFT JOIN created AS n ON n.id = t.id
    LEFT JOIN refusals AS f ON f.id = t.id
    LEFT JOIN last_changes AS l ON l.id = t.id
),
named AS (
    SELECT g.object_type, g.stated_id, g.title, d.attempts
    FROM called AS g
    LEFT JOIN deletions AS d ON d.object_type = g.object_type AND d.stated_id = g.stated_id
),
compared AS (
    SELECT
        t.*,
        s.object_id IS NOT NULL AS exists_now,
        s.created_at AS object_created, s.changed_at AS object_changed,
        n.made_id, n.made_found, n.refused_id, coalesce(n.made_last_change, FALSE) AS made_last_change,
        g.attempts AS delete_attempts,
        coalesce(e.attempts, 0) AS deletions_elsewhere,
        g.title AS called,
        TRY_CAST(t.stated_id AS BIGINT) <= i.highest AS can_have_existed,
        t.act_kind IN ('content_change', 'access_change', 'sharing') AND t.action LIKE '%RestApi.%' AS is_change,
        -- The server adds url_rule to every path with an id; a payload without came from the client (?explode=).
        t.target = 'pk' AND NOT t.has_url_rule AND t.object_ref IS NULL AS unframed,
        c.server_zone, c.zone, c.business_days, c.business_start, c.business_end
    FROM targeted AS t
    LEFT JOIN state AS s ON s.object_type = t.object_type AND s.object_id = t.stated_id
    LEFT JOIN seen AS n ON n.id = t.id
    LEFT JOIN named AS g ON g.object_type = t.object_type AND g.stated_id = t.stated_id
    LEFT JOIN deletions_elsewhere AS e ON e.class = split_part(t.action, '.', 1)
    LEFT JOIN known_ids AS i ON i.object_type = t.object_type
    CROSS JOIN run_context AS c
),
judged AS (
    SELECT
        k.*,
        -- A verdict is outcome and reason in one text, so that both come from the same branch.
        CASE
            WHEN k.recorder AND k.stated_outcome IN ('succeeded', 'failed', 'refused')
                AND NOT (k.rule_outcome = 'failed' AND k.stated_outcome = 'succeeded')
                THEN k.stated_outcome || '|recorded by the recorder'
            WHEN k.told_outcome IN ('succeeded', 'failed') THEN k.told_outcome || '|the recorder saw its end: ' || log_ref(k.told_id)
            WHEN k.custom AND k.stated_outcome IS NOT NULL AND NOT (k.rule_outcome = 'failed' AND k.stated_outcome = 'succeeded')
                THEN k.stated_outcome || '|the custom logger''s row says so'
            WHEN k.is_chart_data AND k.has_response
                THEN 'succeeded|the chart''s answer was put together in the same act'
            WHEN k.is_chart_data AND k.rows_folded = 1 AND k.answers_are_logged
                THEN 'failed|no row says that an answer was put together: refused, missing or failed'
            WHEN k.failed_by IS NOT NULL THEN 'failed|' || k.failed_by || ' in the same act'
            WHEN k.alone AND k.kind = 'inner' THEN 'succeeded|a result was read; timing rows are written only then'
            WHEN k.refused_id IS NOT NULL THEN 'refused|the recorder saw the refusal: ' || log_ref(k.refused_id)
            WHEN NOT k.is_change OR k.rule_outcome <> 'attempted' THEN k.rule_outcome || '|' || k.known_by
            WHEN k.unframed THEN 'unknown|the payload lacks what the server adds: it may be the client''s own'
            WHEN k.object_type NOT IN (SELECT object_type FROM state_types) THEN 'attempted|the object cannot be compared'
            WHEN k.verb IN ('create', 'copy') AND k.made_found = 1
                THEN 'succeeded|' || k.object_type || ' ' || k.made_id || ' was created by this account during the request'
            WHEN k.verb IN ('create', 'copy') AND k.server_zone IS NULL
                THEN 'attempted|the server''s zone is not declared: nothing can be compared'
            WHEN k.verb IN ('create', 'copy')
                THEN 'attempted|nothing at the read point shows it: refused, invalid, or deleted since'
            WHEN k.stated_id IS NULL THEN 'attempted|the row does not name its object'
            WHEN k.verb = 'delete' AND k.stated_id LIKE '%,%' THEN 'attempted|several objects in one request'
            WHEN k.verb = 'delete' AND k.exists_now AND k.server_zone IS NULL
                THEN 'attempted|an object with this id exists; the server''s zone is not declared, so its age is not known'
            WHEN k.verb = 'delete' AND k.exists_now AND k.object_created < k.started_at
                THEN 'failed|the object still exists'
            WHEN k.verb = 'delete' AND k.exists_now
                THEN 'attempted|the id was given to a later object: the one before it was removed, by this attempt or another'
            WHEN k.verb = 'delete' AND NOT coalesce(k.can_have_existed, FALSE)
                THEN 'attempted|nothing shows that an object with this id existed'
            WHEN k.verb = 'delete' AND k.delete_attempts = 1 AND k.deletions_elsewhere = 0
                THEN 'succeeded|the object is gone and this is the only attempt'
            WHEN k.verb = 'delete' AND k.delete_attempts = 1
                THEN 'attempted|the object is gone, by this attempt or by one of ' || k.deletions_elsewhere
                    || ' deletions of its kind outside the window'
            WHEN k.verb = 'delete'
                THEN 'attempted|the object is gone; one of ' || k.delete_attempts || ' attempts removed it'
            WHEN NOT k.exists_now THEN 'attempted|no such object at the read point'
            WHEN k.server_zone IS NULL THEN 'attempted|the server''s zone is not declared: nothing can be compared'
            WHEN k.verb <> 'update' THEN 'attempted|the object does not record this kind of change'
            WHEN k.made_last_change
                THEN 'succeeded|the object''s last change is by this account during the request'
            WHEN k.object_changed < k.started_at - INTERVAL 5 SECOND
                THEN 'failed|the object has not changed since before this attempt: refused, invalid, or nothing to change'
            WHEN k.object_changed < k.started_at
                THEN 'attempted|the object''s last change was just before this attempt'
            ELSE 'attempted|the object was changed again later: only the last change is kept'
        END AS verdict
    FROM compared AS k
)
SELECT
    j.source_ref,
    j.occurred_at,
    CAST(to_zone(j.occurred_at, j.zone) AS DATE) AS local_date,
    hour(to_zone(j.occurred_at, j.zone)) AS local_hour,
    isodow(to_zone(j.occurred_at, j.zone)) AS local_weekday,
    contains(j.business_days, CAST(isodow(to_zone(j.occurred_at, j.zone)) AS VARCHAR))
        AND hour(to_zone(j.occurred_at, j.zone)) * 60 + minute(to_zone(j.occurred_at, j.zone)) >= j.business_start
        AND hour(to_zone(j.occurred_at, j.zone)) * 60 + minute(to_zone(j.occurred_at, j.zone)) < j.business_end
        AS in_business_hours,
    j.user_id,
    CASE
        -- The name of its time, where the row has one.
        WHEN j.row_username IS NOT NULL THEN j.row_username
        WHEN u.username IS NOT NULL THEN u.username
        WHEN j.user_id IS NOT NULL THEN 'account ' || j.user_id || ' (gone)'
        WHEN j.act_kind = 'sign_in' AND j.stated_username IS NOT NULL THEN j.stated_username
        ELSE 'unattributed'
    END AS username,
    j.user_id IS NOT NULL OR j.row_username IS NOT NULL AS attributed,
    j.act_kind AS kind,
    CASE
        WHEN j.act_kind = 'export' THEN 'export'
        WHEN j.alone AND j.path = '/datasource/samples' THEN 'sample'
        WHEN j.alone AND j.act_kind = 'data_request' THEN 'query'
        ELSE j.verb
    END AS verb,
    j.object_type,
    coalesce(j.made_id_alone, j.stated_id) AS object_id,
    coalesce(s.name, j.target_name, j.title, j.called) AS object_name,
    split_part(j.verdict, '|', 1) AS event_outcome,
    substr(j.verdict, strpos(j.verdict, '|') + 1) AS outcome_basis,
    CASE WHEN j.recorder THEN 'recorder' WHEN j.custom THEN 'custom' ELSE j.rule_reporter END AS reported_by,
    CASE
        WHEN j.act_kind <> 'export' THEN NULL
        WHEN j.rule_route <> '' THEN j.rule_route
        WHEN j.action = 'explore_json' THEN 'chart CSV (old style)'
        WHEN j.result_format IS NULL THEN 'chart CSV or XLSX (form)'
        ELSE 'chart ' || upper(j.result_format)
    END AS route,
    CASE
        WHEN j.act_kind <> 'export' THEN NULL
        WHEN j.rule_route LIKE '%zip%' THEN 'zip'
        WHEN j.rule_route LIKE '%CSV%' THEN 'csv'
        ELSE j.result_format
    END AS export_format,
    j.action,
    j.rule,
    j.path,
    j.duration_ms,
    j.rows_folded,
    j.source_ip,
    CASE
        WHEN j.object_type = 'dashboard' THEN coalesce(TRY_CAST(coalesce(j.made_id_alone, j.stated_id) AS BIGINT), j.dashboard_id)
        ELSE j.dashboard_id
    END AS dashboard_id,
    CASE
        WHEN j.object_type = 'chart' THEN coalesce(TRY_CAST(coalesce(j.made_id_alone, j.stated_id) AS BIGINT), j.chart_id)
        ELSE j.chart_id
    END AS chart_id,
    coalesce(
        j.dataset_id,
        CASE WHEN j.object_type = 'dataset' THEN TRY_CAST(coalesce(j.made_id_alone, j.stated_id) AS BIGINT) END
    ) AS dataset_id,
    coalesce(j.database_id, j.statement_database) AS database_id,
    'query:' || j.statement_id AS statement_ref,
    nullif(concat_ws('; ', j.reason, coalesce(j.changes, j.told_changes)), '') AS detail,
    nullif(concat_ws('; ',
        CASE WHEN j.is_change AND j.unframed THEN 'the payload lacks what the server adds' END,
        CASE WHEN j.object_type = 'dashboard' AND j.act_kind IN ('content_change', 'view') AND j.dashboard_id IS NOT NULL
            AND TRY_CAST(j.stated_id AS BIGINT) <> j.dashboard_id
            THEN 'column dashboard_id says ' || j.dashboard_id || ', the path says ' || j.stated_id END,
        CASE WHEN j.object_type <> 'dashboard' AND j.act_kind = 'content_change' AND j.dashboard_id IS NOT NULL
            AND j.object_type <> 'schedule'
            THEN 'column dashboard_id (' || j.dashboard_id || ') came from the client' END
    ), '') AS doubt
FROM (SELECT *, CASE WHEN made_found = 1 AND verb = 'create' THEN made_id END AS made_id_alone FROM judged) AS j
LEFT JOIN raw.ab_user AS u ON u.id = j.user_id
LEFT JOIN state AS s ON s.object_type = j.object_type AND s.object_id = coalesce(j.made_id_alone, j.stated_id)
WHERE j.kind <> 'recorder_report'
