-- /// audit
-- id = "field_completeness"
-- version = 3
-- title = "Completeness of the fields of each act"
-- purpose = "Of how many acts the trail says who, what, when, with which outcome, from where and on what, and where it says so."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "statements"]
-- requires = ["log_rows", "sql_statements"]
-- denominator = "fields"
-- denominator_noun = "fields of kinds of acts"
-- key = ["acts", "field"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- [columns]
-- acts = { label = "Acts", type = "text" }
-- field = { label = "Field", type = "text" }
-- number = { label = "Number", type = "integer" }
-- known = { label = "Known", type = "integer" }
-- share = { label = "%", type = "decimal" }
-- basis = { label = "Where it comes from", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- ///
-- SQL Lab statements come from `query`, which keeps the failed ones too; so the rows of the log about them are left out.
WITH said AS (
    SELECT
        CASE
            WHEN kind IN ('content_change', 'access_change', 'sharing') THEN 'changes'
            WHEN kind = 'export' THEN 'exports'
            WHEN kind IN ('sign_in', 'refusal') THEN 'sign-ins and refusals'
            ELSE 'views and all else'
        END AS acts,
        attributed OR username <> 'unattributed' AS who,
        kind <> 'unmapped' AS what,
        occurred_at IS NOT NULL AS moment,
        event_outcome IN ('succeeded', 'failed', 'refused') AS outcome,
        source_ip IS NOT NULL AS origin,
        COALESCE(object_id, object_name) IS NOT NULL AS target
    FROM events
    WHERE kind NOT IN ('heartbeat', 'statement') AND occurred_at >= $since AND occurred_at < $until
    UNION ALL
    SELECT
        'SQL Lab statements' AS acts,
        user_id IS NOT NULL AS who,
        statement_kind IS NOT NULL AND statement_kind <> 'OTHER' AS what,
        occurred_at IS NOT NULL AS moment,
        event_outcome IN ('succeeded', 'failed', 'refused') AS outcome,
        FALSE AS origin,
        database_id IS NOT NULL AS target
    FROM statements
    WHERE occurred_at >= $since AND occurred_at < $until
),
counted AS (
    SELECT
        acts,
        COUNT(*) AS number,
        COUNT(CASE WHEN who THEN 1 END) AS who,
        COUNT(CASE WHEN what THEN 1 END) AS what,
        COUNT(CASE WHEN moment THEN 1 END) AS moment,
        COUNT(CASE WHEN outcome THEN 1 END) AS outcome,
        COUNT(CASE WHEN origin THEN 1 END) AS origin,
        COUNT(CASE WHEN target THEN 1 END) AS target
    FROM said
    GROUP BY acts
),
fields AS (
    SELECT
        acts, 1 AS place, 'user identification' AS field, number, who AS known,
        CASE acts WHEN 'SQL Lab statements' THEN 'query.user_id'
            ELSE 'logs.user_id, or the name in a sign-in' END AS basis
    FROM counted
    UNION ALL
    SELECT
        acts, 2 AS place, 'type of event' AS field, number, what AS known,
        CASE acts WHEN 'SQL Lab statements' THEN 'query.sql, as it is parsed' ELSE 'logs.action, by the map of actions' END AS basis
    FROM counted
    UNION ALL
    SELECT
        acts, 3 AS place, 'date and time' AS field, number, moment AS known,
        CASE acts WHEN 'SQL Lab statements' THEN 'query.start_time' ELSE 'logs.dttm' END AS basis
    FROM counted
    UNION ALL
    SELECT
        acts, 4 AS place, 'success or failure' AS field, number, outcome AS known,
        CASE acts WHEN 'SQL Lab statements' THEN 'query.status'
            ELSE 'no column: confirmed by other rows, or recorded' END AS basis
    FROM counted
    UNION ALL
    SELECT
        acts, 5 AS place, 'origin' AS field, number, origin AS known,
        CASE acts WHEN 'SQL Lab statements' THEN 'no column' ELSE 'no column: only the recorder states it' END AS basis
    FROM counted
    UNION ALL
    SELECT
        acts, 6 AS place, 'affected object' AS field, number, target AS known,
        CASE acts WHEN 'SQL Lab statements' THEN 'query.database_id' ELSE 'path and payload of the request' END AS basis
    FROM counted
)
SELECT
    acts, field, number, known,
    FLOOR(known * 1000.0 / number) / 10.0 AS share,
    basis,
    CASE
        WHEN known = 0 THEN 'never said'
        WHEN known < number THEN CAST(number - known AS VARCHAR) || ' do not say it'
    END AS flag_reason
FROM fields
ORDER BY place, acts, field
