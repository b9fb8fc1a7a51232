"""Who asks, from where, and what the recorder has learnt about the request so far."""

from __future__ import annotations

import re
import sys
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NamedTuple

from flask import Request, g, has_app_context, request

from superset_audit_recorder.record import new_id

_KEPT_IN: Final = "superset_audit_recorder.act"
_PLAIN_ID: Final = re.compile(r"[\w.:/+=-]{1,100}")


@dataclass(frozen=True, slots=True)
class Target:
    """What an act was about. `kind` is a word such as `dashboard`."""

    kind: str | None = None
    id: int | str | None = None
    name: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return it as fields of a record."""
        return {"target_type": self.kind, "target_id": self.id, "target_name": self.name}


class Logged(NamedTuple):
    """What Superset's own event logger was given."""

    action: str
    dashboard_id: int | None = None
    slice_id: int | None = None
    database_id: int | None = None


@dataclass(slots=True)
class Act:
    """One request while it runs.

    Most requests leave no record: what a record says of one is looked up when there is one.

    Attributes:
        asked: The request itself.
        missing: The last permission that the account was found not to have, e.g. `can_write on Dashboard`.
        denied: What the security manager refused to let it reach, with the reason.
        judging: Whether the security manager is judging a sign-in now.
        signing_in: Whether a sign-in was recorded, or is being judged.
        ran_statement: Whether a statement of SQL Lab was recorded.
        statements: SQL that was sent to databases: the database's kind, and the text.
        logged: The last that Superset's event logger was given.
        sensitive: An object that was reached and that is declared sensitive.
    """

    asked: Request | None = None
    started: float = field(default_factory=perf_counter)
    missing: str | None = None
    denied: tuple[str, Target] | None = None
    judging: bool = False
    signing_in: bool = False
    ran_statement: bool = False
    statements: list[tuple[str, str]] = field(default_factory=list)
    logged: Logged | None = None
    sensitive: Target | None = None
    request_id: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of a record that say from where, how and for how long; none outside of a request.

        `request_id` is the one that a proxy gave it, else a new one; `source_ip` is by the proxy settings of Superset;
        `route` is method and rule of the address, e.g. `PUT /api/v1/dashboard/<pk>`.
        """
        if self.asked is None:
            return {}
        if self.request_id is None:
            given = self.asked.headers.get("X-Request-ID", "")
            self.request_id = given if _PLAIN_ID.fullmatch(given) else new_id()
        rule = self.asked.url_rule
        return {
            "source_ip": self.asked.remote_addr,
            "user_agent": self.asked.headers.get("User-Agent"),
            "request_id": self.request_id,
            "duration_ms": round((perf_counter() - self.started) * 1000),
            "referrer": self.asked.referrer,
            "route": None if rule is None else f"{self.asked.method} {rule.rule}",
        }


# Not in the request itself: SQL Lab runs statements inside a made-up request within the real one.
_CURRENT: ContextVar[Act | None] = ContextVar("superset_audit_recorder.act", default=None)


def begin() -> None:
    """Take note of a request: a hook before it."""
    found = Act(request._get_current_object())
    request.environ[_KEPT_IN] = found
    _CURRENT.set(found)


def end(_: BaseException | None) -> None:
    """Forget a request: a hook after it, and not after one that was made up within it."""
    if _KEPT_IN in request.environ:
        _CURRENT.set(None)


def act() -> Act:
    """Return what is known of the request; outside of one, something that is forgotten at once."""
    return _CURRENT.get() or Act()


def actor() -> tuple[int | None, str | None]:
    """Return the id and the name of the account that acts; a guest of an embedded dashboard has only a name."""
    user = g.get("user") if has_app_context() else None
    if user is None or getattr(user, "is_anonymous", True):
        return None, None
    return getattr(user, "id", None), getattr(user, "username", None)


def circumstances() -> dict[str, Any]:
    """Return the fields of a record that say who acted, from where, how and for how long."""
    user_id, username = actor()
    now = _CURRENT.get()
    if now is None:
        details = {"origin": "outside of a request", "program": Path(sys.argv[0]).name}
        return {"user_id": user_id, "username": username, "details": details}
    return {"user_id": user_id, "username": username, **now.fields()}
