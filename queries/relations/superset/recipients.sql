-- Who gets alerts and reports. Superset takes a list of e-mail addresses apart at commas, semicolons and blanks; of
-- what is no e-mail only the host of a link is kept, for the rest of it may open the channel to anybody.
WITH configured AS (
    SELECT
        id,
        report_schedule_id,
        type,
        lower(type) = 'email' AS is_email,
        CASE WHEN json_valid(recipient_config_json) THEN CAST(recipient_config_json AS JSON) END AS config
    FROM raw.report_recipient
),
stated AS (
    SELECT *, 'to' AS field, config ->> '$.target' AS text FROM configured
    UNION ALL
    SELECT *, 'cc', config ->> '$.ccTarget' FROM configured
    UNION ALL
    SELECT *, 'bcc', config ->> '$.bccTarget' FROM configured
),
listed AS (
    SELECT
        *,
        unnest(CASE
            WHEN is_email THEN regexp_split_to_array(coalesce(text, ''), '[,;\s]+')
            ELSE [regexp_replace(text, '^\s*(\w+://[^/?#]*).*$', '\1', 's')]
        END) AS item
    FROM stated
),
addressed AS (
    SELECT
        *,
        nullif(trim(item, '<>[]"'' '), '') AS address,
        -- A recipient without any address that can be read is a row all the same: it must not vanish.
        count(address) OVER (PARTITION BY id) = 0 AND field = 'to' AS unreadable
    FROM listed
)
SELECT DISTINCT
    'report_recipient:' || id AS source_ref,
    'report_schedule:' || report_schedule_id AS schedule_ref,
    type,
    field,
    address,
    CASE WHEN is_email THEN nullif(lower(regexp_extract(address, '@([^@]+)$', 1)), '') END AS domain,
    CASE
        WHEN domain IS NOT NULL AND EXISTS (SELECT 1 FROM raw.organisation_domains)
            THEN domain IN (SELECT o.domain FROM raw.organisation_domains AS o)
    END AS inside
FROM addressed
WHERE address IS NOT NULL OR unreadable
ORDER BY source_ref, field, address
