"""SQL that people run in SQL Lab: its text, database, rows and error, once how it ended is committed."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from superset_audit_recorder.events import commits
from superset_audit_recorder.events.objects import KINDS, find
from superset_audit_recorder.events.requests import act, circumstances
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import Recorder

_ENDED: Final = {
    "success": ("succeeded", None),
    "failed": ("failed", "error"),
    "timed_out": ("failed", "timed_out"),
    "stopped": ("failed", "stopped"),
}
_EXECUTE: Final = "SqlLabRestApi.execute_sql_query"
_WRONG: Final = 400
_LONGEST: Final = 256


def listen(target: Any, recorder: Recorder) -> None:
    """Keep how statements ended, as the sessions of `target` write it, until they commit."""

    @event.listens_for(target, "after_flush")
    def after(session: Session, *_: Any) -> None:
        with recorder.guarded("StatementExecuted"):
            for thing in (*session.new, *session.dirty):
                ended = _ended(thing)
                if ended is not None:
                    commits.add(session, (_record(thing, *ended), thing.database.backend))


def _ended(thing: Any) -> tuple[str, str | None] | None:
    """Return outcome and reason of a query of SQL Lab that has just ended."""
    if type(thing).__name__ != "Query" or not type(thing).__module__.startswith("superset.models.sql_lab"):
        return None
    added = inspect(thing).attrs.status.history.added
    return _ENDED.get(str(getattr(added[0], "value", added[0]))) if added else None


def _record(query: Any, outcome: str, reason: str | None) -> Record:
    fields = circumstances()
    fields["user_id"] = query.user_id
    fields["username"] = fields["username"] or (query.user.username if query.user else None)
    if query.start_time and query.end_time:
        fields["duration_ms"] = max(0, round(float(query.end_time) - float(query.start_time)))
    details = fields.pop("details", {})
    return Record(
        "StatementExecuted",
        outcome,
        reason,
        rows=None if query.rows is None or outcome != "succeeded" else int(query.rows),
        error_text=query.error_message,
        details={**details, "client_id": query.client_id, "tab": query.tab_name, "created_table": query.tmp_table_name},
        **of_query(query),
        **fields,
    )


def of_query(query: Any) -> dict[str, Any]:
    """Return the fields of a record that a row of Superset's `query` fills, whatever was done with the statement."""
    return {
        "target_type": "statement",
        "target_id": query.id,
        "database_id": query.database_id,
        "database_name": query.database.database_name,
        "schema": query.schema,
        "sql_text": query.sql,
    }


def unparsed(response: Response) -> tuple[Record, str | None] | None:
    """Return the record of a statement that failed before it was sent to its database, and the database's kind.

    Superset leaves such a one pending for ever.
    """
    if request.endpoint != _EXECUTE or response.status_code < _WRONG or act().ran_statement:
        return None
    body = request.get_json(silent=True) if request.is_json else None
    if not isinstance(body, dict) or not isinstance(body.get("sql"), str):
        return None
    key = body.get("database_id")
    database = find(KINDS["DatabaseRestApi"], key) if isinstance(key, int) else None
    record = Record(
        "StatementExecuted",
        "failed",
        "error",
        target_type="statement",
        database_id=getattr(database, "id", None),
        database_name=getattr(database, "database_name", None),
        schema=_text(body, "schema"),
        sql_text=body["sql"],
        error_text=_error(response),
        details={"client_id": _text(body, "client_id"), "tab": _text(body, "tab")},
        **circumstances(),
    )
    return record, getattr(database, "backend", None)


def _text(body: dict[str, Any], name: str) -> str | None:
    """Return a text that a client sent, which need not be one, nor short."""
    found = body.get(name)
    return found[:_LONGEST] if isinstance(found, str) else None


def _error(response: Response) -> str | None:
    answer = response.get_json(silent=True)
    if not isinstance(answer, dict):
        return None
    errors = answer.get("errors")
    first = errors[0].get("message") if isinstance(errors, list) and errors else answer.get("message")
    text = first or answer.get("error")
    return str(text) if text else None
