"""The objects of Superset: what a request is about, and what they are called."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, Final, NamedTuple

from flask import request

from superset_audit_recorder.events.requests import Target


class Kind(NamedTuple):
    """A kind of object: its word, where its data access object is, and the field that holds its name."""

    word: str
    module: str
    dao: str
    name: str


_DASHBOARD: Final = Kind("dashboard", "superset.daos.dashboard", "DashboardDAO", "dashboard_title")
_CHART: Final = Kind("chart", "superset.daos.chart", "ChartDAO", "slice_name")
_DATASET: Final = Kind("dataset", "superset.daos.dataset", "DatasetDAO", "table_name")
_DATABASE: Final = Kind("database", "superset.daos.database", "DatabaseDAO", "database_name")
KINDS: Final = {
    "Superset": _DASHBOARD,
    "DashboardRestApi": _DASHBOARD,
    "ChartRestApi": _CHART,
    "ChartDataRestApi": _CHART,
    "DatasetRestApi": _DATASET,
    "DatabaseRestApi": _DATABASE,
    "SqlLabRestApi": _DATABASE,
    "ReportScheduleRestApi": Kind("schedule", "superset.daos.report", "ReportScheduleDAO", "name"),
    "RLSRestApi": Kind("rls_rule", "superset.daos.security", "RLSDAO", "name"),
    "SavedQueryRestApi": Kind("saved_query", "superset.daos.query", "SavedQueryDAO", "label"),
}
DATASETS: Final = _DATASET
_NAME_OF: Final = {
    "Dashboard": ("dashboard", "dashboard_title"),
    "Slice": ("chart", "slice_name"),
    "SqlaTable": ("dataset", "table_name"),
    "Database": ("database", "database_name"),
    "ReportSchedule": ("schedule", "name"),
    "RowLevelSecurityFilter": ("rls_rule", "name"),
    "SavedQuery": ("saved_query", "label"),
    "Query": ("statement", "client_id"),
}
LARGEST_ID: Final = 2**31 - 1
"""What the columns of Superset's ids hold: a database refuses to look for more, and to store it."""
_LIST: Final = re.compile(r"!\((\d+(?:,\d+)*)\)")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.I)
_ID_OF_PATH: Final = ("pk", "id_or_slug", "id_or_uuid", "dashboard_id_or_slug")


def describe(thing: Any) -> Target:
    """Return what an object of Superset's models is called."""
    for base in type(thing).__mro__:
        if base.__name__ in _NAME_OF:
            word, name = _NAME_OF[base.__name__]
            return Target(word, getattr(thing, "id", None), getattr(thing, name, None))
    return Target()


def requested_kind() -> Kind | None:
    """Return the kind of object that the request is about."""
    return KINDS.get(request.blueprint or "")


def requested_ids() -> list[str]:
    """Return the ids, or the one id or short name, in the request's address; of SQL Lab the database in its body."""
    if requested_kind() is _DATABASE and request.blueprint == "SqlLabRestApi":
        body = request.get_json(silent=True) if request.is_json else None
        key = body.get("database_id") if isinstance(body, dict) else None
        return [str(key)] if isinstance(key, int) else []
    for name in _ID_OF_PATH:
        if name in (request.view_args or {}):
            return [str((request.view_args or {})[name])]
    listed = _LIST.fullmatch(request.args.get("q", ""))
    return listed[1].split(",") if listed else []


def requested() -> Target:
    """Return the object, or the objects, that the request is about; ids of several are joined by commas."""
    kind, ids = requested_kind(), requested_ids()
    if kind is None:
        return Target()
    found = [thing for thing in (find(kind, key) for key in ids) if thing is not None]
    if len(ids) == 1 and found:
        return describe(found[0])
    names = sorted(str(getattr(thing, kind.name)) for thing in found)
    stated: int | str | None = int(ids[0]) if len(ids) == 1 and ids[0].isdecimal() else ",".join(ids) or None
    return Target(kind.word, stated, ", ".join(names) or None)


def find(kind: Kind, key: str | int, *, visible: bool = False) -> Any | None:
    """Return an object by its id, uuid or short name; with `visible`, only if the account may see it."""
    from superset import db

    dao = getattr(import_module(kind.module), kind.dao)
    model = dao.model_cls
    if not str(key).isdecimal():
        column = "slug" if kind is _DASHBOARD else "uuid"
        if not hasattr(model, column) or (column == "uuid" and not _UUID.fullmatch(str(key))):
            return None
        key = db.session.query(model.id).filter(getattr(model, column) == key).scalar()
        if key is None:
            return None
    if int(key) > LARGEST_ID:
        return None
    return dao.find_by_id(int(key), skip_base_filter=not visible)
