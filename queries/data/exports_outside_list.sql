-- /// audit
-- id = "exports_outside_list"
-- version = 2
-- title = "Exports outside the permitted list"
-- purpose = "Exports of data in a declared scope; those that are not known to have failed are flagged when who made them is not on its permitted list."
-- kind = "deviation"
-- time = "period"
-- reads = ["events", "touches", "scope_permitted"]
-- requires = ["exports", "request_bodies", "scope_{scope}"]
-- denominator = "taken"
-- denominator_noun = "exports of the scope's data"
-- lookback = "7d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- scope = { type = "text", default = "phi", help = "Declared scope, from auditctl.toml." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- route = { label = "Way out", type = "text" }
-- object_type = { label = "Of", type = "text" }
-- object_id = { label = "Id", type = "text" }
-- object_name = { label = "Name", type = "text" }
-- via = { label = "In the scope by", type = "text" }
-- event_outcome = { label = "Outcome", type = "text" }
-- reported_by = { label = "Reported by", type = "text" }
-- permitted_as = { label = "Permitted as", type = "text" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
WITH reached AS (
    SELECT
        e.occurred_at, e.username, e.attributed, e.route, e.object_type, e.object_id, e.object_name, t.via, e.event_outcome,
        e.reported_by, e.source_ref
    FROM events AS e
    INNER JOIN touches AS t ON t.source_ref = e.source_ref AND t.scope = $scope
    WHERE e.kind = 'export' AND e.occurred_at >= $since AND e.occurred_at < $until
),
taken AS (
    SELECT source_ref
    FROM reached
    WHERE event_outcome NOT IN ('failed', 'refused')
),
permitted AS (
    SELECT LOWER(username) AS account, min(via) AS via
    FROM scope_permitted
    WHERE scope = $scope
    GROUP BY LOWER(username)
)
SELECT
    e.occurred_at, e.username, e.route, e.object_type, e.object_id, e.object_name, e.via, e.event_outcome, e.reported_by,
    p.via AS permitted_as,
    CASE
        WHEN t.source_ref IS NULL THEN NULL
        WHEN NOT e.attributed THEN 'nobody can be named: the row has no account'
        WHEN p.account IS NULL THEN 'not on the permitted list of this scope'
    END AS flag_reason,
    e.source_ref
FROM reached AS e
LEFT JOIN taken AS t ON t.source_ref = e.source_ref
LEFT JOIN permitted AS p ON e.attributed AND p.account = LOWER(e.username)
ORDER BY e.occurred_at, e.source_ref
