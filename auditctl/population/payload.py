"""A payload of the log made fit to show: its structure and technical ids stay, every other value is replaced."""

from __future__ import annotations

import json
from collections.abc import Set

from auditctl.population.redaction import Redaction
from auditctl.text import SqlText

# Written by Superset itself, or naming an object: what a reader needs to follow a derivation.
_SHOWN = frozenset(
    {
        "path", "url_rule", "object_ref", "pk", "id", "id_or_slug", "id_or_uuid", "rison", "dashboard_id", "slice_id",
        "dashboard_id_or_slug", "datasource_id", "datasource_type", "database_id", "client_id", "event_name",
        "event_type", "source", "source_id", "result_format", "result_type", "format", "type", "csv", "force",
        "recorder", "event_id", "event_outcome", "username", "target_type", "target_id", "reason", "kinds", "version",
    }
)  # fmt: skip

# What a change of access is: names, and whether an account is active; never a clause or a value of data.
_SHOWN_CHANGES = frozenset({"roles", "groups", "users", "permissions", "active", "username", "name", "tables"})


def redact_payload(text: str, redaction: Redaction) -> str:
    """Return the JSON of `logs.json` as the policy shows it: all values but technical ones replaced by markers.

    What is not JSON is shown in full or not at all.
    """
    if redaction.policy is SqlText.FULL:
        return text
    if redaction.policy is SqlText.HASH:
        return redaction.mark("json", text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return f"<not JSON: {len(text)} characters>"
    return json.dumps(_redacted(document, _SHOWN, redaction, shown=False, depth=0), ensure_ascii=False)


def redact_changes(text: str, redaction: Redaction) -> str:
    """Return what the recorder says of a change, JSON `{field: {before, after}}`, as the policy shows it.

    Names of roles, groups, people and permissions, and whether an account is active, stay under each policy: they are
    what a change of access is.
    """
    if redaction.policy is SqlText.FULL:
        return text
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return redaction.mark("json", text)
    if not isinstance(document, dict):
        return redaction.mark("json", text)
    fields = {
        name: value if name in _SHOWN_CHANGES else _redacted(value, frozenset(), redaction, shown=False, depth=1)
        for name, value in document.items()
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _redacted(value: object, names: Set[str], redaction: Redaction, *, shown: bool, depth: int) -> object:
    if depth > 20:
        return "<deep>"
    match value:
        case dict():
            return {
                key: _redacted(item, names, redaction, shown=key in names, depth=depth + 1)
                for key, item in value.items()
            }
        case list():
            return [_redacted(item, names, redaction, shown=shown, depth=depth + 1) for item in value]
        case None | bool():
            return value
        case int() | float():
            return value if shown else redaction.mark_number(str(value))
        case _:
            return value if shown else redaction.mark_text(str(value))
