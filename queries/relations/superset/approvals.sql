-- The ticket that fits each change best. A ticket is for a change when it names its account and its object, or leaves one
-- of them open; where it names a type, the object is of that type, and a number is an id and no name. Of several that are
-- as good the one that names most counts. Of a change of an account, the account is that one; of all else, the account that makes the change.
WITH changes AS (
    SELECT
        source_ref, occurred_at, local_date, user_id AS made_by, object_name, object_type, replace(object_id, ' ', '') AS object_id,
        CASE WHEN kind = 'access_change' AND object_type = 'account' THEN TRY_CAST(object_id AS BIGINT) ELSE user_id END
            AS account
    FROM events
    WHERE kind IN ('content_change', 'access_change')
    UNION ALL
    SELECT
        a.source_ref, a.created_at, CAST(to_zone(a.created_at, c.zone) AS DATE), m.user_id, a.username, 'account',
        CAST(a.user_id AS VARCHAR), a.user_id
    FROM accounts AS a
    CROSS JOIN run_context AS c
    LEFT JOIN accounts AS m ON m.username = a.created_by
    WHERE a.created_at IS NOT NULL
),
people AS (
    SELECT user_id, [lower(username), lower(email), lower(full_name)] AS names
    FROM accounts
),
judged AS (
    SELECT
        c.source_ref, c.occurred_at, t.ticket, t.line, t.names_account, t.object IS NOT NULL AS names_object, t.valid_until,
        t.approved_by, t.approved_on,
        CASE
            WHEN c.local_date < t.valid_from OR c.local_date > t.valid_until THEN 4
            WHEN c.local_date < t.approved_on THEN 3
            WHEN list_contains(m.names, lower(t.approved_by)) THEN 2
            WHEN list_contains(a.names, lower(t.approved_by)) THEN 1
            ELSE 0
        END AS problem
    FROM changes AS c
    INNER JOIN tickets AS t
        ON (NOT t.names_account OR t.user_id = c.account)
        AND (
            t.object IS NULL
            OR (t.object_type IS NULL AND t.object_named = lower(c.object_name))
            OR (
                t.object_type = c.object_type
                AND (
                    replace(t.object_named, ' ', '') = lower(c.object_id)
                    OR (t.object_named = lower(c.object_name) AND NOT regexp_full_match(t.object_named, '[\d, ]+'))
                )
            )
        )
    LEFT JOIN people AS m ON m.user_id = c.made_by
    LEFT JOIN people AS a ON a.user_id = c.account
)
SELECT
    source_ref, occurred_at, ticket,
    CASE
        WHEN names_object AND names_account THEN 'account and object'
        WHEN names_object THEN 'object'
        ELSE 'account, no object'
    END || CASE WHEN valid_until IS NULL THEN ', no last day' ELSE '' END AS names,
    names_object, approved_by, approved_on,
    CASE problem
        WHEN 4 THEN 'its day is not one of those that the ticket is for'
        WHEN 3 THEN 'approved afterwards'
        WHEN 2 THEN 'approved by the one who made the change'
        WHEN 1 THEN 'approved by the one whose access it is'
    END AS problem
FROM judged
QUALIFY row_number() OVER (PARTITION BY source_ref ORDER BY judged.problem, names_object DESC, names_account DESC, ticket, line) = 1
ORDER BY source_ref
