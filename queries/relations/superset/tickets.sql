-- The file of tickets, each with the account that it names.
SELECT
    f.line, f.ticket, f.username, f.email, f.object, f.approved_by, f.approved_on, f.valid_from, f.valid_until,
    p.line IS NOT NULL AS names_account,
    p.user_id
FROM raw.tickets AS f
LEFT JOIN input_rows AS p ON p.file = 'tickets' AND p.line = f.line
ORDER BY f.line
