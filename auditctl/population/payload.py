"""A payload of the log made fit to show: its structure and technical ids stay, every other value is replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from auditctl.population.redaction import Redaction
from auditctl.text import SqlText

_ANY = re.compile(r".*", re.DOTALL)
# Written by Superset itself, or naming an object: what a reader needs to follow a derivation. Numbers under these names
# are shown, and texts of this form.
_SHOWN = dict.fromkeys(
    (
        "url_rule", "object_ref", "pk", "id", "id_or_slug", "id_or_uuid", "dashboard_id", "slice_id",
        "dashboard_id_or_slug", "datasource_id", "datasource_type", "database_id", "client_id", "event_name",
        "event_type", "source", "source_id", "result_format", "result_type", "format", "type", "csv", "force",
        "recorder", "event_id", "event_outcome", "username", "target_type", "target_id", "kinds", "version",
    ),
    _ANY,
)  # fmt: skip
_SHOWN |= {
    "path": re.compile(r"[^?#]*"),  # a query may hold values of a filter
    "reason": re.compile(r"[a-z_]*"),  # a word of the recorder; a sentence may quote anything
    "rison": re.compile(r"(?!)"),  # ids are numbers; a text is what somebody looked for
}

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
    return json.dumps(_redacted(document, _SHOWN, redaction, form=None, depth=0), ensure_ascii=False)


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
        name: value if name in _SHOWN_CHANGES else _redacted(value, {}, redaction, form=None, depth=1)
        for name, value in document.items()
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _redacted(
    value: object,
    names: Mapping[str, re.Pattern[str]],
    redaction: Redaction,
    *,
    form: re.Pattern[str] | None,
    depth: int,
) -> object:
    """Return a value with markers; under a name of `names` numbers stay, and texts that have its form."""
    if depth > 20:
        return "<deep>"
    match value:
        case dict():
            return {
                key: _redacted(item, names, redaction, form=names.get(key), depth=depth + 1)
                for key, item in value.items()
            }
        case list():
            return [_redacted(item, names, redaction, form=form, depth=depth + 1) for item in value]
        case None | bool():
            return value
        case int() | float():
            return value if form else redaction.mark_number(str(value))
        case _:
            return value if form and form.fullmatch(str(value)) else redaction.mark_text(str(value))
