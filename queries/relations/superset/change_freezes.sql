-- The declared freezes that reach into the window; each once, however often it is declared.
SELECT DISTINCT f.declared, f.since AS freeze_since, f.until AS freeze_until
FROM raw.change_freezes AS f
CROSS JOIN run_context AS c
WHERE f.since < c.until AND f.until > c.since
ORDER BY freeze_since, freeze_until, f.declared
