"""Requests to a Superset: certificates are checked, no redirect is followed, and no answer is waited for for ever."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from auditctl import __version__
from auditctl.canary.address import Address
from auditctl.errors import SourceError
from auditctl.text import show

_PATIENCE: Final = 30.0
"""Seconds that Superset may take for its next bytes."""
_MOST: Final = 65_536
"""Bytes of an answer that are read."""
_NOT_SUPERSET = "Give the address at which Superset itself answers, without a sign-in page in front of it"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Superset answered; `body` is the JSON object of the answer, None where it is none."""

    status: int
    body: Mapping[str, Any] | None
    location: str = ""


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect: what was meant for this address is for no other."""


class Client:
    """One Superset. The proxies of the environment are used, except for an address of this host."""

    def __init__(self, address: Address) -> None:
        self._address = address
        proxies = ProxyHandler({}) if address.is_loopback else ProxyHandler()
        secure = HTTPSHandler(context=ssl.create_default_context())
        self._opener: OpenerDirector = build_opener(proxies, secure, _Stay)

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self._address.encrypted or self._address.is_loopback

    def get(self, path: str, *, token: str) -> Answer:
        """Ask for a path as the account that a token is of.

        Raises:
            SourceError: there was no answer.
        """
        return self._ask(path, None, {"Authorization": f"Bearer {token}"})

    def post(self, path: str, body: Mapping[str, str]) -> Answer:
        """Send a JSON object.

        Raises:
            SourceError: there was no answer.
        """
        return self._ask(path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def unexpected(self, answer: Answer, path: str) -> SourceError:
        """Return what to say of an answer that ends the test."""
        told = f"{self._address.base} answered {answer.status} to {path}"
        if answer.location:
            return SourceError(
                f"{told}, a redirect to {show(answer.location.partition('?')[0], 100)}", hint=_NOT_SUPERSET
            )
        return SourceError(told if answer.body is not None else f"{told}, and not as Superset does", hint=_NOT_SUPERSET)

    def _ask(self, path: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        always = {"Accept": "application/json", "User-Agent": f"auditctl/{__version__} canary"}
        # The address was found to be one of HTTP.
        request = Request(self._address.base + path, data=data, headers={**always, **headers})  # noqa: S310
        try:
            try:
                with self._opener.open(request, timeout=_PATIENCE) as response:
                    return Answer(response.status, _object(response.read(_MOST)))
            except HTTPError as error:
                with error:
                    return Answer(error.code, _object(error.read(_MOST)), error.headers.get("Location") or "")
        except (OSError, HTTPException) as error:  # URLError is an OSError
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> SourceError:
        base = self._address.base
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            hint = "Where a certificate authority of your own signed it, name its file in SSL_CERT_FILE"
            return SourceError(f"the certificate of {base} is not trusted: {show(reason.verify_message)}", hint=hint)
        if isinstance(reason, TimeoutError):
            return SourceError(f"{base} did not answer within {_PATIENCE:.0f} s", hint="Is Superset running there?")
        said = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
        return SourceError(f"{base} cannot be reached: {show(said, 100)}", hint="Is Superset running there?")


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
