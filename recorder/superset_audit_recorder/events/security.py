"""The security manager that sees sign-ins and refusals, around the one that is configured."""

from __future__ import annotations

from typing import Any

from superset_audit_recorder.events import objects, refusals, sensitive, sign_ins


class AuditSecurityManagerMixin:
    """Goes before a security manager: `class Mine(AuditSecurityManagerMixin, SupersetSecurityManager)`.

    It changes no decision: what the manager returns or raises, it returns and raises.
    """

    def auth_user_db(self, username: Any, password: Any) -> Any:
        """Judge a password that Superset keeps."""
        return sign_ins.judge(self, super().auth_user_db, username, username, password, own_passwords=True)  # type: ignore[misc]

    def auth_user_ldap(self, username: Any, password: Any) -> Any:
        """Judge a password that a directory keeps."""
        return sign_ins.judge(self, super().auth_user_ldap, username, username, password, own_passwords=False)  # type: ignore[misc]

    def auth_user_oid(self, email: Any) -> Any:
        """Judge what OpenID said."""
        return sign_ins.judge(self, super().auth_user_oid, email, email, own_passwords=False)  # type: ignore[misc]

    def auth_user_remote_user(self, username: Any) -> Any:
        """Judge what the web server said."""
        return sign_ins.judge(self, super().auth_user_remote_user, username, username, own_passwords=False)  # type: ignore[misc]

    def auth_user_oauth(self, userinfo: Any) -> Any:
        """Judge what the OAuth provider said."""
        return sign_ins.judge(self, super().auth_user_oauth, _named(userinfo), userinfo, own_passwords=False)  # type: ignore[misc]

    def auth_user_saml(self, userinfo: Any) -> Any:
        """Judge what the SAML provider said."""
        return sign_ins.judge(self, super().auth_user_saml, _named(userinfo), userinfo, own_passwords=False)  # type: ignore[misc]

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Say whether the account has a permission."""
        allowed: bool = super().has_access(permission_name, view_name)  # type: ignore[misc]
        if not allowed:
            refusals.missing(permission_name, view_name)
        return allowed

    def raise_for_access(self, *arguments: Any, **named: Any) -> None:
        """Raise if the account may not reach data."""
        with refusals.noticed(lambda: refusals.reached_for(named)):
            super().raise_for_access(*arguments, **named)  # type: ignore[misc]
        sensitive.reached(named)

    def raise_for_ownership(self, resource: Any) -> None:
        """Raise if the account may not change an object."""
        with refusals.noticed(lambda: ("not_owner", objects.describe(resource))):
            super().raise_for_ownership(resource)  # type: ignore[misc]
        sensitive.reached({"resource": resource})


def _named(userinfo: Any) -> Any:
    return (userinfo.get("username") or userinfo.get("email")) if hasattr(userinfo, "get") else None
