"""What a step of the scripted day is: an act over HTTP, and the rows that the recorder must write for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .client import Answer, Person


@dataclass(frozen=True)
class Told:
    """A row that must be there. `more` are further fields of it, in the columns or in the JSON."""

    action: str
    outcome: str
    reason: str | None
    target: tuple[str | None, str | None]
    username: str | None
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        what = " ".join(str(part) for part in self.target if part)
        return f"{self.action} {self.outcome}{why}: {what or '-'} by {self.username or 'nobody'}"


def told(
    action: str,
    outcome: str = "succeeded",
    reason: str | None = None,
    *,
    on: tuple[str | None, str | None] = (None, None),
    by: str | None = None,
    **more: Any,
) -> Told:
    return Told(action, outcome, reason, on, by, more)


def refused(reason: str, kind: str | None, name: str | None, by: str | None, **more: Any) -> Told:
    return told("AccessRefused", "refused", reason, on=(kind, name), by=by, **more)


@dataclass(frozen=True)
class Step:
    key: str
    label: str
    who: str
    request: str
    status: int
    wanted: int
    rows: tuple[Told, ...]


@dataclass
class Day:
    """Does acts, one after the other, and keeps what must have been recorded."""

    steps: list[Step] = field(default_factory=list)

    def act(self, who: Person, label: str, method: str, path: str, wanted: int, *rows: Told, **request: Any) -> Answer:
        key = f"act-{len(self.steps) + 1:03}"
        answer = who.ask(method, path, headers={"X-Request-ID": key, **request.pop("headers", {})}, **request)
        self.steps.append(Step(key, label, who.name, f"{method} {path}", answer.status, wanted, rows))
        return answer

    def sign_in(self, who: Person, password: str, *rows: Told, name: str | None = None) -> None:
        """By the form of the sign-in page; it answers 302 either way."""
        form = {"username": name or who.name, "password": password}
        self.act(who, "sign-in by form", "POST", "/login/", 302, *rows, form=form)

    def sign_in_api(self, who: Person, password: str, wanted: int, *rows: Told) -> None:
        body = {"username": who.name, "password": password, "provider": "db", "refresh": True}
        answer = self.act(who, "sign-in by API", "POST", "/api/v1/security/login", wanted, *rows, json_body=body)
        if answer.status == 200:
            who.token = answer.json()["access_token"]
