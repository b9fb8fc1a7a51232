-- One row per row of `logs`, in their order: the payload is read once, here, and goes no further.
-- Target ids come from json.pk or the path: the columns dashboard_id and slice_id can be set by any client
-- (?dashboard_id=424242), and are NULL on edits, deletions and exports.
-- What the recorder delivered twice is one row here, the first.
-- Of an extended log the columns are the custom logger's own word: on its rows they say who, what, and how it ended.
WITH parsed AS (
    SELECT
        l.*,
        is_own(c.profile, l.sql_text, l.json) AS is_own,
        TRY_CAST(CASE WHEN l.json IS NULL THEN l.query_context ELSE l.json END AS JSON) AS body
    FROM raw.logs AS l
    CROSS JOIN run_context AS c
    WHERE l.dttm >= c.extracted_since AND l.dttm < c.until AND l.id NOT IN (SELECT id FROM raw.repeated)
),
-- One reading of a payload finds all that most rows are asked for; one by one it would be read thirty times.
texts AS (
    SELECT
        p.*,
        json_extract_string(p.body, [
            '$.path', '$.object_ref', '$.pk', '$.event_name', '$.datasource', '$.url_rule', '$.explode', '$.id_or_slug',
            '$.dashboard_id_or_slug', '$.rison', '$.q', '$.form_data.slice_id', '$.slice_id', '$.datasource.type',
            '$.datasource.id', '$.form_data.datasource', '$.datasource_type', '$.datasource_id', '$.id_or_uuid',
            '$.database_id', '$.client_id', '$.result_format', '$.format', '$.csv', '$.dashboard_title', '$.slice_name',
            '$.database_name', '$.table_name', '$.label', '$.name'
        ]) AS t,
        json_exists(p.body, ['$.form_data', '$.queries']) AS there
    FROM parsed AS p
),
fields AS (
    SELECT
        x.* EXCLUDE (t, there, json, query_context),
        split_part(t[1], '?', 1) AS path,  -- a query may hold values
        t[2] AS object_ref, t[3] AS json_pk, t[4] AS event_name, t[5] AS datasource,
        t[6] IS NOT NULL AS has_url_rule, t[7] IS NOT NULL AS has_explode,
        coalesce(t[8], t[9]) AS named_dashboard, t[10] AS rison, t[11] AS q,
        t[12] AS form_chart, t[13] AS said_chart, t[14] AS source_type, t[15] AS source_number, t[16] AS form_source,
        t[17] AS dataset_type, t[18] AS dataset_number, t[19] AS id_or_uuid, t[20] AS said_database, t[21] AS client_id,
        t[22] AS result_format, t[23] AS format, t[24] AS csv,
        coalesce(t[25], t[26], t[27]) AS title, t[28] AS table_title, t[29] AS label, t[30] AS said_name,
        coalesce(there[1], FALSE) AS has_form_data, coalesce(there[2], FALSE) AS has_queries,
        nullif(regexp_extract(path, '/api/v1/[a-z_]+/(\d+)(?:/|$)', 1), '') AS path_pk
    FROM texts AS x
),
keyed AS (
    SELECT
        f.*,
        CASE
            WHEN f.is_own THEN 'own/' || f.action
            WHEN d.by_key = 'event_name' THEN f.action || '/' || coalesce(f.event_name, '')
            WHEN d.by_key = 'object_ref' THEN f.action || '/' || coalesce(f.object_ref, '')
            ELSE f.action
        END AS action_key
    FROM fields AS f
    LEFT JOIN raw.discriminators AS d ON d.action = f.action
),
ruled AS (
    SELECT
        k.*,
        r.name AS rule, r.kind AS rule_kind, r.fold AS rule_fold, r.target AS rule_target,
        -- A custom logger's own act, or one of Superset's that it wrote without a payload.
        coalesce(r.reported_by = 'custom', FALSE) OR k.is_own AS custom,
        coalesce(k.duration_ms, CAST(round(coalesce(k.execution_time_ms, k.request_duration)) AS BIGINT)) AS took_ms
    FROM keyed AS k
    LEFT JOIN raw.action_rules AS r ON r.action_key = k.action_key
)
SELECT
    k.id,
    log_ref(k.id) AS row_ref,
    is_audit_only(k.id) AS audit_only,
    k.dttm AS occurred_at,
    k.dttm - to_milliseconds(least(greatest(coalesce(k.took_ms, 0), 0), 86400000)) AS started_at,
    k.user_id,
    k.action,
    k.rule,
    coalesce(k.rule_kind, 'unmapped') AS kind,
    -- 6.1 writes this list call twice, the first time without object_ref; older releases write only that one.
    CASE
        WHEN k.action = 'DashboardRestApi.get_list' AND k.object_ref IS NULL THEN 'inner'
        ELSE coalesce(k.rule_fold, '')
    END AS fold,
    k.path,
    k.object_ref,
    k.has_url_rule,
    k.has_explode,
    coalesce(k.json_pk, k.path_pk) AS pk,
    k.json_pk,
    nullif(regexp_extract(k.path, '/api/v1/([a-z_]+)', 1), '') AS path_class,
    TRY_CAST(k.path_pk AS BIGINT) AS path_id,
    coalesce(
        k.named_dashboard,
        nullif(regexp_extract(k.path, '/dashboard/([^/]+)', 1), '')
    ) AS id_or_slug,
    coalesce(
        CASE WHEN k.rison IS NOT NULL THEN array_to_string(TRY_CAST(k.body -> '$.rison' AS BIGINT[]), ',') END,
        nullif(array_to_string(regexp_extract_all(regexp_extract(k.q, '^!\(([\d,]+)\)$', 1), '\d+'), ','), '')
    ) AS ids,
    nullif(k.dashboard_id, 0) AS dashboard_id,
    nullif(k.slice_id, 0) AS chart_column,
    -- Superset up to 4.0 stores 0 where there is no chart, and the explore page of an unsaved chart sends 0.
    coalesce(
        TRY_CAST(nullif(regexp_extract(k.path, '/chart/(\d+)/', 1), '') AS BIGINT),
        nullif(TRY_CAST(k.form_chart AS BIGINT), 0),
        nullif(TRY_CAST(k.said_chart AS BIGINT), 0),
        nullif(k.slice_id, 0)
    ) AS chart_id,
    coalesce(
        -- Charts may also be built on a statement or a saved query, whose ids are of other tables.
        CASE WHEN coalesce(k.source_type, 'table') = 'table' THEN TRY_CAST(k.source_number AS BIGINT) END,
        TRY_CAST(nullif(regexp_extract(k.datasource, '^(\d+)__table$', 1), '') AS BIGINT),
        TRY_CAST(nullif(regexp_extract(k.form_source, '^(\d+)__table$', 1), '') AS BIGINT),
        CASE WHEN coalesce(k.dataset_type, 'table') = 'table' THEN TRY_CAST(k.dataset_number AS BIGINT) END,
        TRY_CAST(k.id_or_uuid AS BIGINT),
        TRY_CAST(nullif(regexp_extract(k.path, '/dataset/(\d+)', 1), '') AS BIGINT)
    ) AS dataset_id,
    coalesce(
        TRY_CAST(k.said_database AS BIGINT),
        TRY_CAST(nullif(regexp_extract(k.path, '/api/v1/database/(\d+)', 1), '') AS BIGINT),
        k.database_id
    ) AS database_id,
    k.client_id,
    lower(coalesce(
        k.result_format,
        k.format,
        CASE WHEN lower(k.csv) = 'true' THEN 'csv' END
    )) AS result_format,
    k.has_form_data,
    k.has_queries,
    coalesce(
        k.title,
        CASE WHEN k.action LIKE 'DatasetRestApi.%' THEN k.table_title END,
        k.label,
        CASE WHEN k.custom AND k.rule_kind = 'statement' THEN k.database_name END,
        CASE WHEN k.action LIKE '%RestApi.%' THEN k.said_name END
    ) AS title,
    k.took_ms AS duration_ms,
    k.custom,
    coalesce(k.username, k.attempted_username) AS row_username,
    -- Only on the recorder's own actions: on any other, a client can write these keys (?recorder=1&event_outcome=failed).
    CASE WHEN k.custom THEN k.event_id IS NOT NULL
        ELSE coalesce(k.rule_target = 'target' AND (k.body ->> '$.recorder') = '1', FALSE) END AS recorder,
    CASE WHEN k.custom THEN coalesce(k.attempted_username, k.username) WHEN k.rule_target = 'target' THEN coalesce(
        k.body ->> '$.username', k.body ->> '$.user_name', k.body ->> '$.name', k.body ->> '$.email'
    ) END AS stated_username,
    CASE
        WHEN k.custom THEN told_outcome(k.event_outcome, k.has_error)
        WHEN k.rule_target = 'target' THEN k.body ->> '$.event_outcome'
    END AS stated_outcome,
    CASE WHEN k.custom THEN one_line(m.shown) WHEN k.rule_target = 'target' THEN k.body ->> '$.reason' END AS reason,
    CASE WHEN k.custom THEN lower(k.object_type) WHEN k.rule_target = 'target' THEN k.body ->> '$.target_type' END AS target_type,
    CASE WHEN k.custom THEN k.object_id WHEN k.rule_target = 'target' THEN k.body ->> '$.target_id' END AS target_id,
    CASE WHEN k.custom THEN k.object_name WHEN k.rule_target = 'target' THEN k.body ->> '$.target_name' END AS target_name,
    CASE WHEN k.rule_target = 'target' AND NOT k.custom THEN t.shown END AS changes,
    CASE WHEN k.custom THEN k.source_ip WHEN k.rule_target = 'target' THEN k.body ->> '$.source_ip' END AS source_ip,
    CASE WHEN k.action = 'guest_token' THEN k.body ->> '$.user.username' END AS guest,
    CASE WHEN k.action = 'guest_token' THEN nullif(array_to_string(k.body ->> '$.resources[*].id', ', '), '') END
        AS guest_resources,
    CASE WHEN k.action = 'guest_token' AND json_type(k.body, '$.rls') = 'ARRAY' THEN json_array_length(k.body, '$.rls') END
        AS guest_rules,
    CASE WHEN k.rule_kind = 'heartbeat' THEN array_to_string(TRY_CAST(k.body -> '$.kinds' AS VARCHAR[]), ',') END
        AS heartbeat_kinds,
    -- A process that ended says per place that records go to how many it lost; the worst of them counts.
    CASE WHEN k.action = 'RecorderLost' THEN coalesce(
        list_max(list_transform(k.body ->> '$.sinks.*.lost', lambda lost: TRY_CAST(lost AS BIGINT))),
        TRY_CAST(k.body ->> '$.lost' AS BIGINT)
    ) END AS records_lost
FROM ruled AS k
LEFT JOIN raw.shown_texts AS t
    ON t.plain_sha256 = CASE WHEN k.rule_target = 'target' AND NOT k.custom THEN sha256(CAST(k.body -> '$.changes' AS VARCHAR)) END
LEFT JOIN raw.shown_texts AS m ON m.plain_sha256 = sha256(k.error_text)
