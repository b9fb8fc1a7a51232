"""Sign-ins where another system says who somebody is: the web server, a directory, an OAuth provider."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from .client import Person
from .providers import PASSWORD, directory, oauth_provider
from .server import Server, superset_bin
from .test_site import own

REMOTE = """
from flask_appbuilder.security.manager import AUTH_REMOTE_USER
from superset.security import SupersetSecurityManager


class Manager(SupersetSecurityManager):
    register_superset_auth_view = False  # its page of 6.1.0 stands at the address where the web server's word is heard


def say_who(app):
    def inner(environ, start):
        environ["REMOTE_USER"] = environ.get("HTTP_X_PROVEN_USER", "")
        return app(environ, start)

    return inner


AUTH_TYPE = AUTH_REMOTE_USER
CUSTOM_SECURITY_MANAGER = Manager
ADDITIONAL_MIDDLEWARE = [say_who]
"""
DIRECTORY = """
from flask_appbuilder.security.manager import AUTH_LDAP

AUTH_TYPE = AUTH_LDAP
AUTH_LDAP_SERVER = {address!r}
AUTH_LDAP_USERNAME_FORMAT = "uid=%s,dc=example"
AUTH_LDAP_USE_TLS = False
"""
OAUTH = """
from flask_appbuilder.security.manager import AUTH_OAUTH
from superset.security import SupersetSecurityManager


class Manager(SupersetSecurityManager):
    def oauth_user_info(self, provider, response=None):
        return self.oauth_remotes[provider].get("userinfo").json()


AUTH_TYPE = AUTH_OAUTH
CUSTOM_SECURITY_MANAGER = Manager
OAUTH_PROVIDERS = [
    {{
        "name": "local",
        "token_key": "access_token",
        "remote_app": {{
            "client_id": "superset",
            "client_secret": "CANARY-oauth",
            "api_base_url": "{address}/",
            "access_token_url": "{address}/token",
            "authorize_url": "{address}/authorize",
        }},
    }}
]
"""


def told(server: Server) -> list[tuple[str, str, str | None, str | None, int | None]]:
    found = own(server)
    assert "CANARY" not in str(found)
    return [(row["action"], row["event_outcome"], row["reason"], row["username"], row.get("actor_id")) for row in found]


def needs(module: str) -> None:
    """Skip where Superset's environment lacks a module that its method of signing in needs."""
    found = subprocess.run([superset_bin() / "python", "-c", f"import {module}"], capture_output=True)
    if found.returncode:
        pytest.skip(f"Superset's environment has no {module}")


def test_by_the_web_server(superset: Server) -> None:
    (superset.folder / "site.py").write_text(REMOTE)
    superset.start()
    for name in ("admin", "ghost"):
        Person(superset.base, name).ask("GET", "/login/", headers={"X-Proven-User": name})
    superset.stop()
    assert told(superset) == [
        ("UserLoggedIn", "succeeded", None, "admin", 1),
        ("UserLoginFailed", "failed", "rejected", "ghost", None),
    ]


def test_by_a_directory(superset: Server) -> None:
    needs("ldap")
    with directory() as address:
        (superset.folder / "site.py").write_text(DIRECTORY.format(address=address))
        superset.start()
        for name, password in (("admin", PASSWORD.decode()), ("admin", "CANARY-wrong"), ("ghost", "CANARY-wrong")):
            form = {"username": name, "password": password}
            assert Person(superset.base, name).ask("POST", "/login/", form=form).status == 302
        superset.stop()
    assert told(superset) == [
        ("UserLoggedIn", "succeeded", None, "admin", 1),
        ("UserLoginFailed", "failed", "rejected", "admin", 1),
        ("UserLoginFailed", "failed", "rejected", "ghost", None),
    ]


def test_by_an_oauth_provider(superset: Server, tmp_path: Path) -> None:
    needs("authlib")

    def sign_in(name: str, **answer: str) -> None:
        """Go to the provider and come back with what it answers."""
        who = Person(superset.base, name)
        gone = urlsplit(who.ask("GET", "/login/local").headers["Location"])
        state = parse_qs(gone.query)["state"][0]
        who.ask("GET", f"/oauth-authorized/local?{urlencode({'state': state, **answer})}")

    with oauth_provider() as address:
        (superset.folder / "site.py").write_text(OAUTH.format(address=address))
        superset.start()
        sign_in("admin", code="admin")
        sign_in("ghost", code="ghost")
        sign_in("admin", error="access_denied")
        sign_in("admin", code="admin", state="forged")
        superset.stop()
    assert told(superset) == [
        ("UserLoggedIn", "succeeded", None, "admin", 1),
        ("UserLoginFailed", "failed", "rejected", "ghost", None),
        ("UserLoginFailed", "failed", "rejected", None, None),
        ("UserLoginFailed", "failed", "rejected", None, None),
    ]
