-- Small functions that relations use; queries do not see them.

-- Naive UTC of a naive time in `zone`; NULL while the zone is not declared (never taken for UTC).
CREATE MACRO to_utc(local_time, zone) AS
    CASE WHEN zone IS NOT NULL THEN timezone('UTC', timezone(zone, local_time)) END;

-- Naive time in `zone` of a naive UTC time.
CREATE MACRO to_zone(utc_time, zone) AS timezone(zone, timezone('UTC', utc_time));

-- Whether `name` (table, schema.table or database.schema.table) may mean this table; one whose schema is not known is
-- meant under any.
CREATE MACRO is_named(name, database_name, schema_name, table_name) AS
    CASE
        WHEN schema_name IS NOT NULL THEN coalesce(lower(name) IN (
            lower(table_name), lower(schema_name || '.' || table_name),
            lower(database_name || '.' || schema_name || '.' || table_name)
        ), FALSE)
        ELSE coalesce(lower(name) = lower(table_name) OR (
            ends_with(lower(name), '.' || lower(table_name))
            AND (
                NOT contains(left(name, length(name) - length(table_name) - 1), '.')
                OR starts_with(lower(name), lower(database_name) || '.')
            )
        ), FALSE)
    END;

-- Whether `name` (schema or database.schema) means this schema.
CREATE MACRO is_schema(name, database_name, schema_name) AS
    coalesce(lower(name) IN (lower(schema_name), lower(database_name || '.' || schema_name)), FALSE);

-- By which other connection to the same database something is reached, in words; nothing where it is the declared one.
CREATE MACRO by_connection(same_as, database_name) AS
    CASE WHEN same_as IS NULL THEN '' ELSE ' by connection ' || database_name || ', to the same database as ' || same_as END;

-- The pattern of LIKE (escape \) for a text in which * stands for any text.
CREATE MACRO as_pattern(name) AS
    replace(replace(replace(replace(name, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%');

-- Whether a custom logger wrote a row of the log: Superset's own rows have a payload, and no SQL text in a column.
CREATE MACRO is_own(profile, sql_text, payload) AS profile = 'extended' AND (sql_text IS NOT NULL OR payload IS NULL);

-- The recorder's own name of an action that its audit table has under the name that guides give it.
CREATE MACRO recorder_action(action) AS
    CASE action WHEN 'execute_sql' THEN 'StatementExecuted' WHEN 'export_data' THEN 'DataExported' ELSE action END;

-- What became of an act by the columns of an extended log; NULL where they do not say.
CREATE MACRO told_outcome(event_outcome, has_error) AS coalesce(
    CASE WHEN lower(event_outcome) IN ('succeeded', 'failed', 'refused') THEN lower(event_outcome) END,
    CASE has_error WHEN TRUE THEN 'failed' WHEN FALSE THEN 'succeeded' END
);

-- A message in one line, cut at 300 characters.
CREATE MACRO one_line(message) AS substr(regexp_replace(message, '\s+', ' ', 'g'), 1, 300);
