-- Who is permitted in a scope: accounts named, and the holders of roles named as role:NAME.
SELECT e.scope, e.entry AS username, 'named' AS via
FROM raw.scope_entries AS e
WHERE e.list = 'permitted' AND e.entry NOT LIKE 'role:%'
UNION
SELECT e.scope, g.username, 'role ' || g.role
FROM raw.scope_entries AS e
INNER JOIN grants AS g ON e.list = 'permitted' AND lower(e.entry) = 'role:' || lower(g.role)
ORDER BY scope, username, via
