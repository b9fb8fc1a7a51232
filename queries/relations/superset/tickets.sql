-- The file of tickets, each with the account that it names, and with its object taken apart: what stands before a colon is
-- a type where it is one of those that a change can have, else a part of a name.
SELECT
    f.line, f.ticket, f.username, f.email, f.object, f.approved_by, f.approved_on, f.valid_from, f.valid_until,
    p.line IS NOT NULL AS names_account,
    p.user_id,
    y.object_type,
    lower(trim(CASE WHEN y.object_type IS NULL THEN f.object ELSE substr(f.object, instr(f.object, ':') + 1) END)) AS object_named
FROM raw.tickets AS f
LEFT JOIN input_rows AS p ON p.file = 'tickets' AND p.line = f.line
LEFT JOIN (
    VALUES
        ('account'), ('annotation'), ('annotation_layer'), ('assets'), ('chart'), ('css_template'), ('dashboard'), ('database'),
        ('dataset'), ('filter_set'), ('group'), ('registration'), ('rls_rule'), ('role'), ('saved_query'), ('schedule'), ('tag'),
        ('theme')
) AS y (object_type) ON y.object_type = lower(trim(split_part(f.object, ':', 1))) AND contains(f.object, ':')
ORDER BY f.line
