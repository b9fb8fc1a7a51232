"""The harmless acts: a sign-in as nobody, and a look at what may be done with dashboards."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from auditctl.canary.client import Client
from auditctl.errors import SourceError
from auditctl.text import show

MARK: Final = "auditctl-canary-"
"""How the name of an account begins that nobody has."""
FAILED_SIGN_IN: Final = "UserLoginFailed"
"""The action of the recorder, and of the coming release of Superset."""
DASHBOARD_INFO: Final = "DashboardRestApi.info"
"""An action of every Superset from 3.1 on."""
_SIGN_IN: Final = "/api/v1/security/login"
_INFO: Final = "/api/v1/dashboard/_info"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account of Superset and how it signs in."""

    user: str
    password: str
    provider: str = "db"
    """`db` or `ldap`."""


@dataclass(frozen=True, slots=True)
class Act:
    """What was done, as it is known again in a row."""

    sentence: str
    action: str
    token: str
    """A text that no other row has."""


def new_token() -> str:
    """Return a text that occurs nowhere else and says where it is from."""
    return MARK + secrets.token_hex(12)


def reject_sign_in(client: Client, token: str) -> Act:
    """Sign in as an account that does not exist.

    Raises:
        SourceError: Superset did not answer, or not by rejecting it.
    """
    tried = {"username": token, "password": secrets.token_urlsafe(16), "provider": "db"}
    answer = client.post(_SIGN_IN, tried)
    if answer.status != HTTPStatus.UNAUTHORIZED or answer.body is None:
        raise client.unexpected(answer, _SIGN_IN)
    return Act(f"a sign-in as {token}, which was rejected", FAILED_SIGN_IN, token)


def look_at_dashboards(client: Client, token: str, credentials: Credentials) -> Act:
    """Sign in, and ask what may be done with dashboards; neither changes anything but the count of sign-ins.

    Raises:
        SourceError: Superset did not answer, rejected the sign-in, or refused the question.
    """
    given = {"username": credentials.user, "password": credentials.password, "provider": credentials.provider}
    answer = client.post(_SIGN_IN, given)
    if answer.status == HTTPStatus.UNAUTHORIZED and answer.body is not None:
        hint = "Check --user, --password-file and --provider"
        raise SourceError(f"Superset rejected the sign-in of {show(credentials.user, 80)}", hint=hint)
    bearer = (answer.body or {}).get("access_token")
    usable = isinstance(bearer, str) and bearer.isascii() and bearer.isprintable()
    if answer.status != HTTPStatus.OK or not isinstance(bearer, str) or not usable:
        raise client.unexpected(answer, _SIGN_IN)
    # Superset keeps what stands behind the question mark in the payload of the row.
    looked = client.get(f"{_INFO}?{urlencode({'canary': token})}", token=bearer)
    if looked.status == HTTPStatus.FORBIDDEN:
        hint = "Take an account that may read dashboards, such as one of the role Gamma"
        raise SourceError(f"Superset does not let {show(credentials.user, 80)} read dashboards", hint=hint)
    if looked.status != HTTPStatus.OK or looked.body is None:
        raise client.unexpected(looked, _INFO)
    return Act(f"{credentials.user} asked what may be done with dashboards ({token})", DASHBOARD_INFO, token)
