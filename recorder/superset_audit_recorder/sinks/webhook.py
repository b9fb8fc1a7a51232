"""Records to an HTTP collector."""

from __future__ import annotations

from collections.abc import Sequence
from http.client import HTTPMessage
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks import RecordRefusedError

_NEVER: Final = (400, 413, 422)
"""Answers that say that these bytes will not be taken; any other may pass, as a wrong token or an overload does."""


class WebhookError(OSError):
    """The collector did not take records."""


class WebhookSink:
    """Posts batches as lines of JSON (`application/x-ndjson`) with a bearer token; kept is what was answered with 2xx.

    A batch may come twice: the receiver drops what it has by `event_id`.
    """

    name = "webhook"

    def __init__(self, url: str, token: str, timeout: float = 10.0) -> None:
        """Send nothing yet.

        Args:
            url: Where to, as `settings` has checked it.
            token: The bearer token.
            timeout: Seconds that connecting, and each wait for bytes, may take.
        """
        self._url = url
        self._token = token
        self._timeout = timeout
        # A redirect could carry the token to another host.
        # A proxy that the environment names must not get what is for this host, in the clear.
        direct = [ProxyHandler({})] if urlsplit(url).scheme == "http" else []
        self._opener = build_opener(_NoRedirects(), *direct)

    def deliver(self, records: Sequence[Record]) -> None:
        """Post records.

        Raises:
            RecordRefusedError: the collector answered that it cannot take them.
            OSError: it did not answer, or said that it does not take them now.
        """
        body = "".join(f"{record.to_json()}\n" for record in records).encode()
        request = Request(self._url, body, method="POST")  # noqa: S310 - settings allow http(s) only
        request.add_header("Content-Type", "application/x-ndjson")
        request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                answer.read(1)
        except HTTPError as error:
            with error:
                if error.code in _NEVER:
                    raise RecordRefusedError(f"answer {error.code}") from None
                raise WebhookError(f"answer {error.code}") from None


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Any:
        """Leave the redirect as the error that it is."""
        return None
