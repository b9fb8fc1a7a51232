"""Acts that were refused, by permission or by ownership."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, request

from superset_audit_recorder.events.objects import describe, find, requested, requested_ids, requested_kind
from superset_audit_recorder.events.requests import Act, Target, act, circumstances
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import current

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
# Answers by which releases of Superset hide that data were refused.
_VEILED: Final = (302, 400, 404, 422, 500)
# What is asked about, and which part of it the data are in.
_WHAT_OF: Final = {"viz": "datasource", "query_context": "datasource", "query": "database"}
_REACHED_BY: Final = ("dashboard", "chart", "datasource", "viz", "query_context", "query", "database")


def missing(permission: str, view: str) -> None:
    """Remember that the account was found not to have a permission."""
    act().missing = f"{permission} on {view}"


@contextmanager
def noticed(what: Callable[[], tuple[str, Target]]) -> Iterator[None]:
    """Remember what a security error of the block refused; let the error pass."""
    try:
        yield
    except Exception as error:
        recorder = current()
        if recorder is not None and type(error).__name__ == "SupersetSecurityException":
            with recorder.guarded("AccessRefused"):
                act().denied = what()
        raise


def reached_for(named: Mapping[str, Any]) -> tuple[str, Target]:
    """Return the reason and the object of what `raise_for_access` was asked about."""
    for name in _REACHED_BY:
        thing = named.get(name)
        if thing is not None:
            return "no_access", describe(getattr(thing, _WHAT_OF.get(name, ""), thing))
    return "no_access", Target()


def refused(response: Response) -> Record | None:
    """Return the record of a request whose answer refused it."""
    now = act()
    verdict = _verdict(response.status_code, now)
    if verdict is None or now.signing_in or now.ran_statement:
        return None
    reason, target = verdict
    fields = circumstances()
    details = {"method": request.method, "status": response.status_code, "permission": now.missing}
    return Record("AccessRefused", "refused", reason, details=details, **target.fields(), **fields, **_statement())


def _verdict(status: int, now: Act) -> tuple[str, Target] | None:
    if status == _UNAUTHORIZED:
        return "not_signed_in", requested()
    if status == _FORBIDDEN:
        if now.denied is not None:
            reason, target = now.denied
            return reason, target if target.kind else requested()
        target = requested()
        if target.id is None and now.missing is not None:
            target = Target("permission", None, now.missing)
        return "no_permission", target
    if status in _VEILED and now.denied is not None and now.denied[0] != "not_owner":
        reason, target = now.denied
        return reason, target if target.kind else requested()
    if (status == _NOT_FOUND or (status in _VEILED and request.blueprint == "SqlLabRestApi")) and _hidden():
        return "no_access", requested()
    return None


def _hidden() -> bool:
    """Say whether the request is about an object that exists, and that the account may not see."""
    kind = requested_kind()
    return kind is not None and any(
        find(kind, key) is not None and find(kind, key, visible=True) is None for key in requested_ids()
    )


def _statement() -> dict[str, Any]:
    """Return the statement that SQL Lab was asked to run."""
    if not (request.endpoint or "").startswith("SqlLabRestApi."):
        return {}
    body = request.get_json(silent=True) if request.is_json else None
    text = body.get("sql") if isinstance(body, dict) else None
    return {"sql_text": text} if isinstance(text, str) else {}
