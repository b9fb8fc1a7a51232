"""A person with a browser, or a program with a token: keeps cookies, follows no redirect, numbers its requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Person:
    """`address` is where the proxy in front of Superset says that the requests come from."""

    base: str
    name: str
    address: str = "192.0.2.7"
    token: str | None = None
    cookies: CookieJar = field(default_factory=CookieJar)

    def ask(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        data, kind = None, None
        if json_body is not None:
            data, kind = json.dumps(json_body).encode(), "application/json"
        elif form is not None:
            data, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        sent = {
            "User-Agent": f"Mozilla/5.0 ({self.name})",
            "Referer": f"{self.base}/?secret=CANARY-referrer",
            "X-Forwarded-For": self.address,
            **({"Content-Type": kind} if kind else {}),
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **(headers or {}),
        }
        request = Request(self.base + path, data=data, headers=sent, method=method)
        opener = build_opener(ProxyHandler({}), _Stay, HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=120) as response:
                return Answer(response.status, response.headers, response.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())
