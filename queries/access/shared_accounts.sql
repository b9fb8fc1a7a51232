-- /// audit
-- id = "shared_accounts"
-- version = 2
-- title = "Accounts that look shared"
-- purpose = "Active accounts that more than one person may use: a generic name, or an e-mail or a display name that another active account has too."
-- kind = "indicator"
-- time = "as_of"
-- reads = ["accounts"]
-- requires = ["accounts_now"]
-- denominator = "compared"
-- denominator_noun = "active accounts"
-- key = ["source_ref"]
-- [columns]
-- username = { label = "Account", type = "text" }
-- full_name = { label = "Name", type = "text" }
-- email = { label = "E-mail", type = "text" }
-- roles = { label = "Roles", type = "text" }
-- last_activity_at = { label = "Last activity (UTC)", type = "datetime" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
-- The words of generic names: of functions, of machines, of groups of people, and those of installers and try-outs. A
-- name is flagged when one of them stands in it by itself: svc_portal, test.user2 and admin@example.org, not badminton.
WITH generic AS (
    SELECT word
    FROM (VALUES
        ('admin'), ('administrator'), ('root'), ('superuser'), ('superset'), ('sysadmin'), ('dba'), ('operator'), ('support'), ('helpdesk'),
        ('service'), ('svc'), ('system'), ('api'), ('bot'), ('robot'), ('batch'), ('job'), ('cron'), ('etl'), ('airflow'), ('app'),
        ('automation'), ('integration'), ('monitor'), ('monitoring'), ('kiosk'), ('display'), ('screen'), ('tv'),
        ('shared'), ('common'), ('group'), ('team'), ('everyone'), ('office'), ('reception'), ('analysts'), ('users'), ('staff'), ('intern'),
        ('test'), ('tester'), ('testing'), ('qa'), ('demo'), ('trial'), ('example'), ('sample'), ('training'), ('temp'), ('tmp'), ('dummy'),
        ('guest'), ('visitor'), ('public'), ('anonymous'), ('user'), ('account'), ('login'), ('default'), ('generic'), ('report'), ('reports'),
        ('viewer'), ('readonly')
    ) AS list (word)
),
compared AS (
    SELECT
        user_id, username, full_name, email, roles, last_activity_at, source_ref,
        ' ' || translate(lower(split_part(username, '@', 1)), '0123456789._-+', '              ') || ' ' AS words,
        nullif(lower(trim(email)), '') AS mail,
        nullif(lower(trim(full_name)), '') AS called
    FROM accounts
    WHERE active
),
named AS (
    SELECT c.user_id, min(g.word) AS word
    FROM compared AS c
    INNER JOIN generic AS g ON c.words LIKE '% ' || g.word || ' %'
    GROUP BY c.user_id
),
mails AS (
    SELECT mail, count(*) AS holders
    FROM compared
    GROUP BY mail
),
calls AS (
    SELECT called, count(*) AS holders
    FROM compared
    GROUP BY called
),
judged AS (
    SELECT
        c.username, c.full_name, c.email, c.roles, c.last_activity_at, c.source_ref,
        nullif(concat_ws('; ',
            'generic name (' || n.word || ')',
            CASE WHEN m.holders > 1 THEN 'e-mail of ' || m.holders || ' active accounts' END,
            CASE WHEN d.holders > 1 THEN 'display name of ' || d.holders || ' active accounts' END
        ), '') AS flag_reason
    FROM compared AS c
    LEFT JOIN named AS n ON n.user_id = c.user_id
    LEFT JOIN mails AS m ON m.mail = c.mail
    LEFT JOIN calls AS d ON d.called = c.called
)
SELECT username, full_name, email, roles, last_activity_at, flag_reason, source_ref
FROM judged
WHERE flag_reason IS NOT NULL
ORDER BY username, source_ref
