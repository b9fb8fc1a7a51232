"""A payload of the log made fit to show: its structure and technical ids stay, every other value is replaced."""

from __future__ import annotations

import json

# Written by Superset itself, or naming an object: what a reader needs to follow a derivation.
_SHOWN = frozenset(
    {
        "path", "url_rule", "object_ref", "pk", "id", "id_or_slug", "id_or_uuid", "rison", "dashboard_id", "slice_id",
        "dashboard_id_or_slug", "datasource_id", "datasource_type", "database_id", "client_id", "event_name",
        "event_type", "source", "source_id", "result_format", "result_type", "format", "type", "csv", "force",
        "recorder", "event_id", "event_outcome", "username", "target_type", "target_id", "reason", "kinds", "version",
    }
)  # fmt: skip


def redact_payload(text: str) -> str:
    """Return the JSON of `logs.json` with all values but technical ones replaced by `<text>`, `<number>`.

    What is not JSON is not shown, only its length.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return f"<not JSON: {len(text)} characters>"
    return json.dumps(_redacted(document, shown=False, depth=0), ensure_ascii=False)


def _redacted(value: object, *, shown: bool, depth: int) -> object:
    if depth > 20:
        return "<deep>"
    match value:
        case dict():
            return {key: _redacted(item, shown=key in _SHOWN, depth=depth + 1) for key, item in value.items()}
        case list():
            return [_redacted(item, shown=shown, depth=depth + 1) for item in value]
        case None | bool():
            return value
        case int() | float():
            return value if shown else "<number>"
        case _:
            return value if shown else "<text>"
