"""The recorder's two places, Superset's log and its own database, as one log: no event counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb

from auditctl.errors import SourceError
from auditctl.source.interface import SourceFacts

APART: Final = 1 << 62
"""Added to the ids of rows that only the audit database has, so that no id is given twice."""
SUMMARY_OF_BOTH: Final = """
SELECT * FROM raw.main_summary
UNION ALL BY NAME
SELECT * FROM (
    SELECT
        a.user_id, CAST(NULL AS VARCHAR) AS username, a.utc_day, a.action,
        (SELECT CASE WHEN profile = 'extended' THEN FALSE END FROM run_context) AS own,
        CAST(sum(a.rows) AS BIGINT) AS rows, min(a.first_at) AS first_at, max(a.last_at) AS last_at,
        CAST(NULL AS TIMESTAMP) AS first_outcome_at, CAST(NULL AS TIMESTAMP) AS first_text_at
    FROM (SELECT * REPLACE (recorder_action(action) AS action) FROM raw.audit_summary) AS a
    WHERE NOT EXISTS (
        SELECT 1 FROM raw.main_summary AS m
        WHERE m.user_id IS NOT DISTINCT FROM a.user_id AND m.utc_day IS NOT DISTINCT FROM a.utc_day
            AND m.action IS NOT DISTINCT FROM a.action
    )
    GROUP BY a.user_id, a.utc_day, a.action
    ORDER BY a.utc_day, a.user_id, a.action
)
"""
"""The relation `log_summary`: Superset's log, and of the audit database what accounts did on days without it there."""
_NEEDED: Final = ("event_id", "writer_id", "row_hash")

# A row as the recorder writes the same event into Superset's log: by its own names, with its payload.
_AUDIT_EVENTS: Final = """
CREATE VIEW raw.audit_events AS
SELECT
    id,
    recorder_action(action) AS action,
    user_id, coalesce(json, query_context) AS json, dttm, dashboard_id, slice_id,
    CAST(round(coalesce(execution_time_ms, request_duration)) AS BIGINT) AS duration_ms, referrer, event_id, unreadable
FROM raw.audit_logs
WHERE event_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY id) = 1
"""
# Whose word counts where both have an event: the chained row's, which a user's deletion does not empty either. Its time
# may be finer than that of the log; where they are of different seconds, it counts too.
_LOGS: Final = f"""
CREATE VIEW raw.logs AS
SELECT l.* REPLACE (
    CASE WHEN a.id IS NOT NULL THEN a.action ELSE l.action END AS action,
    CASE WHEN a.id IS NOT NULL THEN a.user_id ELSE l.user_id END AS user_id,
    CASE WHEN json_valid(a.json) THEN a.json ELSE l.json END AS json,
    CASE WHEN abs(epoch_ms(a.dttm) - epoch_ms(l.dttm)) > 1000 THEN a.dttm ELSE l.dttm END AS dttm
)
FROM raw.main_logs AS l
LEFT JOIN log_places AS p ON p.log_id = l.id AND NOT p.copied
LEFT JOIN raw.audit_events AS a ON a.id = p.audit_id
UNION ALL BY NAME
SELECT a.* REPLACE (a.id + {APART} AS id)
FROM raw.audit_events AS a
INNER JOIN log_places AS p ON p.audit_id = a.id AND p.log_id IS NULL
"""
# Functions of relations: whether only the audit database has a row, and how a row is called.
_MACROS: Final = f"""
CREATE MACRO is_audit_only(id) AS id >= {APART};
CREATE MACRO log_ref(id) AS
    CASE WHEN id >= {APART} THEN (SELECT audit FROM run_context) || '/logs:' || (id - {APART}) ELSE 'logs:' || id END;
-- What names an act of the rows from the first to the last.
CREATE MACRO act_ref(first_id, id) AS
    CASE WHEN first_id = id OR is_audit_only(id) THEN log_ref(id) ELSE 'logs:' || first_id || '-' || id END;
"""


def require_audit(facts: SourceFacts, where: str) -> None:
    """Refuse a database that is not one that the recorder writes.

    Raises:
        SourceError: its table `logs` lacks the recorder's columns.
    """
    missing = [name for name in _NEEDED if name not in facts.tables.get("logs", ())]
    if missing:
        raise SourceError(
            f"{where} is no audit database of the recorder: its table logs has no {', '.join(missing)}",
            hint="Give the database of AUDIT_DATABASE_URI in superset_config.py",
        )


def show_audit_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Show `raw.audit_events`, each event once, out of `raw.audit_logs`."""
    connection.execute(_AUDIT_EVENTS)


def show_one_log(connection: duckdb.DuckDBPyConnection, *, joined: bool) -> None:
    """Show `raw.logs`: the log of Superset, and with `joined` (then `log_places` is there) what it lacks."""
    connection.execute(_MACROS)
    connection.execute(_LOGS if joined else "CREATE VIEW raw.logs AS SELECT * FROM raw.main_logs")


def place_notes(connection: duckdb.DuckDBPyConnection, alias: str) -> Iterator[str]:
    """Say how many events both places have, and how many only one of them."""
    both, log, audit, awaited, differing = connection.execute(
        """
        SELECT count(*) FILTER (WHERE log_id IS NOT NULL AND audit_id IS NOT NULL),
            count(*) FILTER (WHERE audit_id IS NULL), count(*) FILTER (WHERE log_id IS NULL),
            count(*) FILTER (WHERE awaited), count(*) FILTER (WHERE differs IS NOT NULL)
        FROM log_places
        """
    ).fetchall()[0]
    yield (
        f"Events of the recorder that both Superset's log and the audit database {alias} hold: {both:,}; each counts"
        f" once. Only the log holds {log:,}, only {alias} {audit:,}; of these {awaited:,} should be in both."
        f" Rows that tell the same event differently: {differing:,}."
    )
