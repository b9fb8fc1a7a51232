-- /// audit
-- id = "statements_outside_list"
-- version = 5
-- title = "Statements outside the permitted list"
-- purpose = "SQL Lab statements on data in a declared scope; those that are not known to have failed are flagged when who ran them is not on its permitted list."
-- kind = "deviation"
-- time = "period"
-- reads = ["statements", "touches", "scope_objects", "scope_permitted", "state", "connections"]
-- requires = ["sql_statements", "scope_{scope}"]
-- denominator = "ran"
-- denominator_noun = "statements that may be on the scope's data"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- scope = { type = "text", default = "phi", help = "Declared scope, from auditctl.toml." }
-- [columns]
-- occurred_at = { label = "Start (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- database_name = { label = "Database", type = "text" }
-- via = { label = "In the scope by", type = "text" }
-- statement_kind = { label = "Kind", type = "text" }
-- status = { label = "Status", type = "text" }
-- sql_text = { label = "Statement", type = "sql" }
-- permitted_as = { label = "Permitted as", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH permitted AS (
    SELECT LOWER(username) AS account, min(via) AS via
    FROM scope_permitted
    WHERE scope = $scope
    GROUP BY LOWER(username)
),
-- Databases that hold data of the scope: a text that was not parsed may have read them.
homes AS (
    SELECT DISTINCT COALESCE(b.database_id, d.database_id) AS database_id
    FROM scope_objects AS o
    INNER JOIN state AS d ON d.object_type = 'dataset' AND d.object_id = o.object_id
    LEFT JOIN connections AS a ON a.database_id = d.database_id
    LEFT JOIN connections AS b ON b.place_id = a.place_id
    WHERE o.scope = $scope AND o.object_type = 'dataset'
),
-- A declared table or schema that no dataset is built on: a full name begins with its database, others may be in any.
loose AS (
    SELECT
        CASE
            WHEN t.name LIKE CASE WHEN t.object_type = 'table' THEN '%.%.%' ELSE '%.%' END
                THEN LOWER(split_part(t.name, '.', 1))
        END AS database_name
    FROM scope_objects AS t
    LEFT JOIN scope_objects AS d ON d.scope = t.scope AND d.object_type = 'dataset' AND d.entry = t.entry
    WHERE t.scope = $scope AND t.object_type IN ('table', 'schema') AND d.entry IS NULL
),
-- With the other connections to the same database.
named AS (
    SELECT database_name FROM loose
    UNION
    SELECT LOWER(b.database_name)
    FROM loose AS l
    INNER JOIN connections AS a ON LOWER(a.database_name) = l.database_name
    INNER JOIN connections AS b ON b.place_id = a.place_id
),
weighed AS (
    SELECT
        s.occurred_at, s.user_id, s.username, s.database_name, s.statement_kind, s.status, s.event_outcome, s.sql_text,
        s.source_ref, t.via,
        (s.sql_text IS NULL OR s.unread_reason IS NOT NULL)
        AND (
            EXISTS (SELECT 1 FROM homes AS h WHERE h.database_id = s.database_id)
            OR EXISTS (
                SELECT 1 FROM named AS l WHERE l.database_name IS NULL OR l.database_name = LOWER(s.database_name)
            )
        ) AS doubtful
    FROM statements AS s
    LEFT JOIN touches AS t ON t.source_ref = s.source_ref AND t.scope = $scope
    WHERE s.occurred_at >= $since AND s.occurred_at < $until
),
ran AS (
    SELECT source_ref
    FROM weighed
    WHERE (via IS NOT NULL OR doubtful) AND event_outcome <> 'failed'
)
SELECT
    j.occurred_at, j.username, j.database_name, COALESCE(j.via, 'cannot be told: not parsed') AS via, j.statement_kind,
    j.status, j.sql_text, p.via AS permitted_as,
    CASE
        WHEN r.source_ref IS NULL THEN NULL
        WHEN j.user_id IS NULL THEN 'nobody can be named: the row has no account'
        WHEN p.account IS NOT NULL THEN NULL
        WHEN j.via IS NULL THEN 'not on the permitted list of this scope, and cannot be told whether it read its data'
        ELSE 'not on the permitted list of this scope'
    END AS flag_reason,
    j.source_ref
FROM weighed AS j
LEFT JOIN ran AS r ON r.source_ref = j.source_ref
LEFT JOIN permitted AS p ON j.user_id IS NOT NULL AND p.account = LOWER(j.username)
WHERE j.via IS NOT NULL OR j.doubtful
ORDER BY j.occurred_at, j.source_ref
