"""The JSON of a record, as rows of `logs` and of the audit table carry it."""

from __future__ import annotations

from typing import Any, Final

from superset_audit_recorder.record import Record

VERSION: Final = 1


def payload_of(record: Record) -> dict[str, Any]:
    """Return the keys that every record has, those of `details`, and of the others the ones that have a value."""
    payload = {
        **record.details,
        "recorder": VERSION,
        "event_id": record.event_id,
        "username": record.username,
        "event_outcome": record.event_outcome,
        "reason": record.reason,
        "target_type": record.target_type,
        "target_id": record.target_id,
        "target_name": record.target_name,
        "changes": record.changes or None,
        "source_ip": record.source_ip,
        "user_agent": record.user_agent,
        "request_id": record.request_id,
    }
    more = {
        "actor_id": record.user_id,  # the column of `logs` loses it when the account is deleted
        "database_id": record.database_id,
        "database_name": record.database_name,
        "schema": record.schema,
        "sql": record.sql_text,
        "sql_sha256": record.sql_hash,
        "rows": record.rows,
        "error": record.error_text,
        "route": record.route,
        "export_format": record.export_format,
    }
    return payload | {name: value for name, value in more.items() if value is not None}
