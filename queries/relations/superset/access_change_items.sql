-- What a change of access added and removed, where the recorder wrote the members before and after it.
WITH fields AS (
    SELECT
        id,
        unnest(map_entries(TRY_CAST(CAST(changes AS JSON) AS MAP(VARCHAR, STRUCT(before JSON, after JSON))))) AS field
    FROM log_rows
    WHERE recorder AND kind = 'access_change' AND json_valid(changes)
),
members AS (
    SELECT
        id, field.key AS field,
        coalesce(TRY_CAST(field.value.before AS VARCHAR[]), []) AS before,
        coalesce(TRY_CAST(field.value.after AS VARCHAR[]), []) AS after
    FROM fields
),
items AS (
    SELECT id, field, 'added' AS change, unnest(list_filter(list_distinct(after), lambda x: NOT list_contains(before, x))) AS item
    FROM members
    UNION ALL
    SELECT id, field, 'removed', unnest(list_filter(list_distinct(before), lambda x: NOT list_contains(after, x)))
    FROM members
)
SELECT a.source_ref, i.field, i.change, i.item
FROM items AS i
INNER JOIN acts AS a ON a.act_id = i.id
ORDER BY i.id, i.field, i.change, i.item
