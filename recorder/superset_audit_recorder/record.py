"""One act that happened in Superset: what every event source makes and every sink takes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from typing import Any, Final

LOST: Final = "RecorderLost"
BEAT: Final = "RecorderHeartbeat"

# The coming release of Superset calls the first twelve so.
KIND_OF: Final = {
    "UserLoggedIn": "sign_in",
    "UserLoginFailed": "sign_in_failure",
    "UserLoggedOut": "sign_out",
    **{
        f"{kind}{verb}": kind.lower()
        for kind in ("User", "Role", "Group")
        for verb in ("Created", "Updated", "Deleted")
    },
    "AccessRefused": "refusal",
    "StatementExecuted": "statement",
    "DataExported": "export",
}
"""Action of the recorder -> the kind in the settings. All others are Superset's own, or the site's."""

_VARIANT: Final = "89ab"


def new_id() -> str:
    """Return a fresh event id: a random UUID (version 4) of 32 hexadecimal digits."""
    digits = os.urandom(16).hex()  # a tenth of the time that `uuid4` takes
    return f"{digits[:12]}4{digits[13:16]}{_VARIANT[int(digits[16], 16) & 3]}{digits[17:]}"


def utc_now() -> datetime:
    """Return the instant, aware, in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Record:
    """An act, complete and free of secrets: what a sink may write as it is.

    Attributes:
        action: The name under which it is counted, e.g. `UserLoginFailed`.
        event_outcome: `attempted`, `succeeded`, `failed`, `refused` or `unknown`.
        reason: Why it failed or was refused, one word, e.g. `bad_password`.
        occurred_at: Aware UTC; the end of the act, as `logs.dttm` is.
        user_id: The acting account; None where nobody was signed in.
        username: As typed at a sign-in; else the acting account's.
        target_type: What it was done to, e.g. `user`, `role`, `dashboard`.
        changes: Field -> `{"before": ..., "after": ...}`; memberships and permissions as sorted lists.
        duration_ms: Milliseconds of the request or statement.
        sql_text: By the policy: whole, without literals, or absent.
        sql_hash: SHA-256 of the whole statement, hexadecimal.
        rows: Rows that a statement or export returned; None where not known.
        route: The rule of the URL, e.g. `/api/v1/dashboard/<pk>`.
        details: Anything further, JSON values only.
    """

    action: str
    event_outcome: str = "unknown"
    reason: str | None = None
    event_id: str = field(default_factory=new_id)
    occurred_at: datetime = field(default_factory=utc_now)
    user_id: int | None = None
    username: str | None = None
    source_ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    target_type: str | None = None
    target_id: int | str | None = None
    target_name: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    duration_ms: int | None = None
    referrer: str | None = None
    dashboard_id: int | None = None
    slice_id: int | None = None
    database_id: int | None = None
    database_name: str | None = None
    schema: str | None = None
    sql_text: str | None = None
    sql_hash: str | None = None
    rows: int | None = None
    error_text: str | None = None
    route: str | None = None
    export_format: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return one line: an object of all fields, names sorted, `occurred_at` as ISO 8601 in UTC."""
        moment = self.occurred_at.astimezone(timezone.utc).isoformat(timespec="microseconds")
        values = {name: getattr(self, name) for name in _NAMES}
        return _encode({**values, "occurred_at": moment})

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Return what `to_json` wrote; fields that this version does not know are left out.

        Raises:
            ValueError: the text is no such object.
        """
        try:
            found = json.loads(text)
            known = {name: found[name] for name in _NAMES if name in found}
            known["occurred_at"] = datetime.fromisoformat(known["occurred_at"])
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise ValueError(f"This is not a record: {error!r}") from error


_NAMES: Final = tuple(each.name for each in fields(Record))
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
