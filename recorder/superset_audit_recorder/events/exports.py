"""Exports: every answer that a browser is told to save as a file, and those that were asked for and failed."""

from __future__ import annotations

import io
import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from flask import Response, request

from superset_audit_recorder.events.objects import DATASETS, KINDS, LARGEST_ID, describe, find, requested
from superset_audit_recorder.events.requests import Target, act, circumstances
from superset_audit_recorder.events.rows import Rows
from superset_audit_recorder.events.statements import of_query
from superset_audit_recorder.record import Record

_OK: Final = 200
_WRONG: Final = 400
_LARGEST: Final = 5_000_000
"""Bytes of a file whose rows are counted: no request waits for a larger one to be read."""
_LONGEST: Final = 100
_FORMATS: Final = {"csv", "xlsx", "zip", "json", "yaml", "pdf", "png", "jpg", "jpeg"}
_BY_TYPE: Final = {"text/csv": "csv", "application/zip": "zip", "application/pdf": "pdf", "image/png": "png"}
_FILE_NAME: Final = re.compile(r"filename\*?=\"?(?:[\w-]+'')?[^\";]*\.(\w+)\"?", re.I)
_EXPORTS: Final = re.compile(r"\.(?:export|export_csv|export_streaming_csv|export_as_example)$")
_SIZE: Final = re.compile(rb'<dimension ref="[A-Z]+\d+:[A-Z]+(\d+)"')


def exported(response: Response) -> tuple[Record, str | None] | None:
    """Return the record of an export, and the kind of the database that the data came from, where it is known."""
    saved = response.headers.get("Content-Disposition", "").lower().startswith("attachment")
    if response.status_code == _OK and saved:
        outcome, kind = "succeeded", _format(response)
    elif response.status_code >= _WRONG and (_asked() or _EXPORTS.search(request.endpoint or "")):
        outcome, kind = "failed", _asked()
    else:
        return None
    record = Record(
        "DataExported",
        outcome,
        None if outcome == "succeeded" else "error",
        export_format=kind,
        rows=_rows(response, kind) if outcome == "succeeded" else None,
        **circumstances(),
    )
    return _of_chart(record) if request.blueprint in ("ChartDataRestApi", "Superset") else _of_object(record)


def _of_object(record: Record) -> tuple[Record, str | None]:
    if request.blueprint != "SqlLabRestApi":
        return replace(record, **requested().fields()), None
    client = (request.view_args or {}).get("client_id") or request.form.get("client_id")
    query = _query(client)
    if query is None:
        return replace(record, target_type="statement", details={"client_id": str(client or "")[:_LONGEST]}), None
    return replace(record, **of_query(query), details={"client_id": client}), query.database.backend


def _of_chart(record: Record) -> tuple[Record, str | None]:
    body = _body()
    shown = body.get("form_data")
    form = shown if isinstance(shown, Mapping) else body
    chart = _number((request.view_args or {}).get("pk") or form.get("slice_id"))
    source = body.get("datasource") or form.get("datasource")
    data = _number(source.get("id") if isinstance(source, Mapping) else str(source or "").partition("__")[0])
    target, dataset = _named(KINDS["ChartRestApi"], chart), _named(DATASETS, data)
    sent = act().statements
    filled = replace(
        record,
        slice_id=chart,
        dashboard_id=_number(form.get("dashboardId") or request.args.get("dashboard_id")),
        sql_text=";\n".join(text for _, text in sent) or None,
        details={"dataset_id": data, "dataset_name": dataset.name},
        **(target if target.kind else dataset).fields(),
    )
    return filled, sent[0][0] if sent else None


def _named(kind: Any, key: int | None) -> Target:
    if key is None:
        return Target()
    thing = find(kind, key)
    return Target(kind.word, key) if thing is None else describe(thing)


def _query(client: Any) -> Any | None:
    from superset import db
    from superset.models.sql_lab import Query

    return db.session.query(Query).filter_by(client_id=client).one_or_none() if isinstance(client, str) else None


def _asked() -> str | None:
    """Return the format that the data of a chart were asked for in, where that is a file."""
    if request.blueprint == "Superset":
        return "csv" if request.args.get("csv") == "true" else None
    if request.blueprint != "ChartDataRestApi":
        return None
    wanted = str(request.args.get("format") or _body().get("result_format") or "").lower()
    return wanted if wanted in ("csv", "xlsx") else None


def _body() -> Mapping[str, Any]:
    """Return what was sent: JSON, or a form whose field `form_data` is JSON."""
    if request.is_json:
        found = request.get_json(silent=True)
    else:
        try:
            found = json.loads(request.values.get("form_data", ""))
        except ValueError:
            found = None
    return found if isinstance(found, Mapping) else {}


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= len(str(LARGEST_ID)) and int(text) <= LARGEST_ID else None


def _format(response: Response) -> str | None:
    named = _FILE_NAME.search(response.headers.get("Content-Disposition", ""))
    kind = named[1].lower() if named else None
    return kind if kind in _FORMATS else _BY_TYPE.get(response.mimetype)


def _rows(response: Response, kind: str | None) -> int | None:
    """Return how many rows, without the header, a file has that is in memory."""
    if kind not in ("csv", "xlsx") or response.is_streamed or response.direct_passthrough:
        return None
    data = response.get_data()
    if len(data) > _LARGEST:
        return None
    if kind == "csv":
        counted: list[int] = []
        deque(Rows(iter((data,)), lambda rows, _: counted.append(rows)), maxlen=0)
        return counted[0]
    try:
        with ZipFile(io.BytesIO(data)) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
            size = _SIZE.search(sheet.read(2_000))
    except (BadZipFile, KeyError):
        return None
    return int(size[1]) - 1 if size else None
