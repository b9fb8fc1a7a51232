"""What is declared sensitive, e.g. for HIPAA: acts of Superset that also go to the places other than `logs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Response, request

from superset_audit_recorder.events.objects import describe
from superset_audit_recorder.events.requests import Act, Logged, act, circumstances
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import current

_WRONG: Final = 400
# By what a site may call an object, beside its id; `name` of a dataset has the schema and a dot before it.
_NAMES: Final = {"dashboard": ("slug", "dashboard_title"), "dataset": ("table_name", "name")}
# What the security manager may be asked about, and which part of it the data are in.
_DATA_OF: Final = {"chart": "datasource", "viz": "datasource", "query_context": "datasource"}


def reached(named: Mapping[str, Any]) -> None:
    """Remember an object that the security manager let the request reach, where it is declared sensitive.

    Args:
        named: What `raise_for_access` was asked about, or the `resource` of `raise_for_ownership`.
    """
    recorder, now = current(), act()
    if recorder is None or now.sensitive is not None:
        return
    settings = recorder.settings
    declared = {"dashboard": settings.sensitive_dashboards, "dataset": settings.sensitive_datasets}
    if not any(declared.values()):
        return
    with recorder.guarded("a sensitive object"):
        for name, thing in named.items():
            found = getattr(thing, _DATA_OF.get(name, ""), thing)
            target = describe(found)
            words = {target.id, *(getattr(found, word, None) for word in _NAMES.get(target.kind or "", ()))}
            if not words.isdisjoint(declared.get(target.kind or "", ())):
                now.sensitive = target


def acted(response: Response) -> tuple[Record, str | None] | None:
    """Return the record of a request that reached something sensitive, and the kind of the database that it asked.

    It bears the name under which Superset itself writes the act: the last that its event logger was given, as those of
    inner steps come before.
    """
    recorder, now = current(), act()
    if recorder is None or now.sensitive is None:
        return None
    logged = now.logged or Logged(request.endpoint or request.path)
    if logged.action in recorder.settings.sensitive_actions:  # has been told
        return None
    outcome = ("failed", "error") if response.status_code >= _WRONG else ("succeeded", None)
    record = replace(told(logged, now), event_outcome=outcome[0], reason=outcome[1], **now.sensitive.fields())
    if now.sensitive.kind == "dashboard" and isinstance(now.sensitive.id, int):
        record = replace(record, dashboard_id=now.sensitive.id)
    return record, backend(now)


def told(logged: Logged, now: Act) -> Record:
    """Return the record of one of Superset's own actions, as attempted: what it wrote does not say how it ended."""
    return Record(
        logged.action,
        "attempted",
        dashboard_id=logged.dashboard_id,
        slice_id=logged.slice_id,
        database_id=logged.database_id,
        sql_text=";\n".join(text for _, text in now.statements) or None,
        **circumstances(),
    )


def backend(now: Act) -> str | None:
    """Return the kind of the database that the request sent its first statement to."""
    return now.statements[0][0] if now.statements else None
