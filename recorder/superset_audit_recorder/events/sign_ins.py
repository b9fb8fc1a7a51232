"""Sign-ins, failed sign-ins and sign-outs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, request
from flask_login import user_logged_in, user_logged_out

from superset_audit_recorder.events.requests import Target, act, circumstances
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import Recorder, current

_TOO_MANY: Final = 429
# Where identity providers send people back to; they may be turned away there before the manager is asked.
_SENT_BACK: Final = (".oauth_authorized", ".acs")


def judge(manager: Any, call: Callable[..., Any], name: str | None, *arguments: Any, own_passwords: bool) -> Any:
    """Let the security manager judge a sign-in, record how that ended, and return what it returned.

    Args:
        manager: The security manager.
        call: Its method.
        name: As typed, or as the identity provider gave it.
        *arguments: What the method takes.
        own_passwords: Whether Superset itself knows the passwords, so that a failure can be told apart.
    """
    now = act()
    if now.judging:  # one way to sign in that tries another is one attempt
        return call(*arguments)
    now.judging = now.signing_in = True
    try:
        user = call(*arguments)
    except Exception:
        _tell(name, None, "failed", "error")
        raise
    finally:
        now.judging = False
    if user is not None:
        _tell(name, user, "succeeded", None)
        return user
    recorder = current()
    if recorder is not None:
        with recorder.guarded("UserLoginFailed"):
            # For every failure the same look-ups, so that their time does not tell which names exist.
            by_name = manager.find_user(username=name) if name else None
            by_address = manager.find_user(email=name) if name else None
            account = by_name or by_address
            _tell(name, account, "failed", _reason(account, own_passwords))
    return None


def _reason(account: Any, own_passwords: bool) -> str:
    if account is None:
        return "unknown_user" if own_passwords else "rejected"
    if not account.is_active:
        return "inactive"
    return "bad_password" if own_passwords else "rejected"


def _tell(name: str | None, account: Any, outcome: str, reason: str | None) -> None:
    recorder = current()
    if recorder is None:
        return
    action = "UserLoggedIn" if outcome == "succeeded" else "UserLoginFailed"
    with recorder.guarded(action):
        recorder.record(_record(action, outcome, reason, account, name))


def _record(action: str, outcome: str, reason: str | None, account: Any, name: str | None = None) -> Record:
    fields = circumstances()
    target = Target() if account is None else Target("user", account.id, account.username)
    fields["user_id"] = target.id
    fields["username"] = target.name if name is None else str(name)[:256]
    return Record(action, outcome, reason, **target.fields(), **fields)


def listen(app: Flask, recorder: Recorder) -> None:
    """Record what the session of a browser says: sign-outs, and sign-ins that no method of the manager judged."""

    def signed_in(_: Flask, user: Any, **__: Any) -> None:
        if not act().signing_in:
            with recorder.guarded("UserLoggedIn"):
                recorder.record(_record("UserLoggedIn", "succeeded", None, user))

    def signed_out(_: Flask, user: Any, **__: Any) -> None:
        if not getattr(user, "is_anonymous", True):
            with recorder.guarded("UserLoggedOut"):
                recorder.record(_record("UserLoggedOut", "succeeded", None, user))

    user_logged_in.connect(signed_in, app, weak=False)
    user_logged_out.connect(signed_out, app, weak=False)


def throttled(response: Response) -> Record | None:
    """Return the record of a sign-in that was rejected because there were too many."""
    if response.status_code != _TOO_MANY or request.method != "POST" or act().signing_in:
        return None
    if not (request.endpoint or "").lower().endswith(".login"):
        return None
    body = request.get_json(silent=True) if request.is_json else request.form
    name = body.get("username") if hasattr(body, "get") else None
    return _record("UserLoginFailed", "failed", "too_many", None, name if isinstance(name, str) else None)


def turned_away(_: Response) -> Record | None:
    """Return the record of a sign-in by an identity provider that ended before the security manager was asked.

    So it is where the provider denied it, its answer could not be checked, or the address is not on the list of those
    that may sign in. Nobody knows the name then.
    """
    if act().signing_in or not (request.endpoint or "").endswith(_SENT_BACK):
        return None
    return _record("UserLoginFailed", "failed", "rejected", None)
