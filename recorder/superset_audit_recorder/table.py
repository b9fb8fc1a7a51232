"""The columns of the audit table: those of Superset's `logs`, those that guides describe, and the recorder's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timezone
from types import MappingProxyType
from typing import Any, Final

from superset_audit_recorder.payload import payload_of
from superset_audit_recorder.record import KIND_OF, Record


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        kind: `key`, `integer`, `flag`, `time` (naive UTC, microseconds), `words` (up to `length` characters) or `text`.
        required: Whether every row has a value.
    """

    name: str
    kind: str
    length: int = 0
    required: bool = False


COLUMNS: Final = (
    Column("id", "key", required=True),
    Column("action", "words", 512, required=True),
    Column("user_id", "integer"),
    Column("username", "words", 256),
    Column("json", "text"),
    Column("slice_id", "integer"),
    Column("dashboard_id", "integer"),
    Column("query_context", "text"),
    Column("database_id", "integer"),
    Column("database_name", "words", 256),
    Column("schema", "words", 256),
    Column("sql_text", "text"),
    Column("execution_time_ms", "integer"),
    Column("rows", "integer"),
    Column("has_error", "flag"),
    Column("error_text", "text"),
    Column("referrer", "words", 1024),
    Column("request_duration", "integer"),
    Column("timestamp", "time", required=True),
    Column("dttm", "time", required=True),
    Column("event_id", "words", 36, required=True),
    Column("event_outcome", "words", 16, required=True),
    Column("attempted_username", "words", 256),
    Column("source_ip", "words", 64),
    Column("user_agent", "words", 1024),
    Column("request_id", "words", 128),
    Column("object_type", "words", 64),
    Column("object_id", "words", 256),
    Column("object_name", "words", 512),
    Column("writer_id", "words", 100, required=True),
    Column("seq", "integer", required=True),
    Column("prev_hash", "words", 64, required=True),
    Column("row_hash", "words", 64, required=True),
)
HASHED: Final = tuple(column.name for column in COLUMNS if column.name not in ("id", "row_hash"))
"""What `row_hash` is over: all but the number that the database gives, and itself."""

GUIDES: Final = MappingProxyType({"StatementExecuted": "execute_sql", "DataExported": "export_data"})
"""Action -> the name that guides' queries and auditctl know it by in such a table."""

_LONGEST_TEXT: Final = 1_000_000
_WORDS: Final = {column.name: column.length for column in COLUMNS if column.kind == "words"}
_INTEGERS: Final = {column.name for column in COLUMNS if column.kind == "integer"}
_LARGEST: Final = 2**63 - 1
_TEXTS: Final = {column.name for column in COLUMNS if column.kind in ("words", "text")}
_ERRORS: Final = {"succeeded": False, "failed": True, "refused": True}


def row_of(record: Record) -> dict[str, Any]:
    """Return the columns of a record but `id` and those of the chain. Texts that are too long end in `…`."""
    statement = record.action == "StatementExecuted"
    failed_sign_in = record.action == "UserLoginFailed"
    moment = record.occurred_at.astimezone(timezone.utc).replace(tzinfo=None)
    payload = json.dumps(payload_of(record), sort_keys=True)
    row = {
        "action": GUIDES.get(record.action, record.action),
        "user_id": record.user_id,
        "username": None if failed_sign_in else record.username,
        # A statement's own columns say all; with a payload it would look like one of Superset's timing rows.
        "json": None if statement else payload,
        "slice_id": record.slice_id,
        "dashboard_id": record.dashboard_id,
        "query_context": payload if statement else None,
        "database_id": record.database_id,
        "database_name": record.database_name,
        "schema": record.schema,
        # Of Superset's own actions it stays in the payload: with a text here, they would look like a guide's.
        "sql_text": record.sql_text if record.action in KIND_OF else None,
        "execution_time_ms": record.duration_ms if statement else None,
        "rows": record.rows,
        "has_error": _ERRORS.get(record.event_outcome),
        "error_text": record.error_text or record.reason,
        "referrer": record.referrer,
        "request_duration": None if statement else record.duration_ms,
        "timestamp": moment,
        "dttm": moment,
        "event_id": record.event_id,
        "event_outcome": record.event_outcome,
        "attempted_username": record.username if failed_sign_in else None,
        "source_ip": record.source_ip,
        "user_agent": record.user_agent,
        "request_id": record.request_id,
        "object_type": record.target_type,
        "object_id": None if record.target_id is None else str(record.target_id),
        "object_name": record.target_name,
    }
    return {name: _fit(name, value) for name, value in row.items()}


def _fit(name: str, value: Any) -> Any:
    """Make a value one that every database stores and gives back as it is: what it refused would hold up all others."""
    if name in _INTEGERS:
        return value if isinstance(value, int) and abs(value) <= _LARGEST else None
    if name not in _TEXTS or value is None:
        return value
    length = _WORDS.get(name, _LONGEST_TEXT)
    value = value if isinstance(value, str) else str(value)
    text = value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text if len(text) <= length else text[: length - 1] + "…"
