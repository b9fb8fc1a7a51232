-- Dashboards that may be embedded. Superset lets any site show one whose list of domains is empty.
SELECT
    'embedded_dashboards:' || e.dashboard_id AS source_ref,
    e.dashboard_id,
    d.dashboard_title AS name,
    nullif(array_to_string(regexp_extract_all(e.allow_domain_list, '[^,\s]+'), ', '), '')
        AS allowed_domains,
    u.username AS changed_by,
    to_utc(e.changed_on, c.server_zone) AS changed_at
FROM raw.embedded_dashboards AS e
CROSS JOIN run_context AS c
LEFT JOIN raw.dashboards AS d ON d.id = e.dashboard_id
LEFT JOIN raw.ab_user AS u ON u.id = e.changed_by_fk
ORDER BY e.dashboard_id
