"""Records in Superset's own table `logs`, shaped as its other rows are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timezone
from typing import Any, Final

from flask import Flask
from sqlalchemy.exc import DataError, IntegrityError

from superset_audit_recorder.payload import payload_of
from superset_audit_recorder.record import BEAT, KIND_OF, LOST, Record
from superset_audit_recorder.sinks import RecordRefusedError

_LONGEST_REFERRER: Final = 1_000
_LARGEST_ID: Final = 2**31 - 1
# Superset writes these itself, when they are declared sensitive.
_OWN: Final = {*KIND_OF, BEAT, LOST}


class LogsSink:
    """Writes rows as Superset's database logger does, a batch in one transaction, and says so when it fails.

    That logger itself swallows the errors of the database; a logger of the site's own is called for each record.
    """

    name = "logs"

    def __init__(self, app: Flask, inner: Any) -> None:
        self._app = app
        self._inner = inner

    def deliver(self, records: Sequence[Record]) -> None:
        """Write all of them, or raise and write none."""
        from superset.utils.log import DBEventLogger

        rows = [row_of(record) for record in records if record.action in _OWN]
        with self._app.app_context():
            if type(self._inner).log is not DBEventLogger.log:
                for row in rows:
                    self._call(row)
                return
            try:
                self._write(rows)
            except (DataError, OverflowError) as error:
                raise RecordRefusedError(str(error).splitlines()[0]) from None
            except IntegrityError:  # an account was deleted meanwhile; its id stays in the row's json
                for row in rows:
                    self._write_one(row)

    def _write_one(self, row: dict[str, Any]) -> None:
        try:
            self._write([row])
        except IntegrityError:
            self._write([{**row, "user_id": None}])

    def _write(self, rows: Sequence[dict[str, Any]]) -> None:
        from superset import db
        from superset.models.core import Log

        if rows:
            with db.engine.begin() as connection:
                connection.execute(Log.__table__.insert(), rows)

    def _call(self, row: dict[str, Any]) -> None:
        named = {name: value for name, value in row.items() if name not in ("dttm", "json")}
        payload = json.loads(row["json"])
        self._inner.log(**named, records=[payload], curated_payload=payload, curated_form_data={})


def _id(value: Any) -> int | None:
    """Return an id that the column holds; a client may have sent any other."""
    return value if isinstance(value, int) and 0 <= value <= _LARGEST_ID else None


def row_of(record: Record) -> dict[str, Any]:
    """Return the columns of the row of `logs`; `dttm` is naive UTC, the end of the act."""
    return {
        "action": record.action,
        "user_id": record.user_id,
        "json": json.dumps(payload_of(record), sort_keys=True),  # the same text as in the audit table
        "dttm": record.occurred_at.astimezone(timezone.utc).replace(tzinfo=None),
        "dashboard_id": _id(record.dashboard_id),
        "slice_id": _id(record.slice_id),
        "duration_ms": record.duration_ms,
        "referrer": None if record.referrer is None else record.referrer[:_LONGEST_REFERRER],
    }
