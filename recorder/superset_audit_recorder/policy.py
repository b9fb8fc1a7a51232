"""What may leave the request: secrets never, literals of SQL by policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from sqlglot import Dialect, tokenize

from superset_audit_recorder.record import Record

HIDDEN: Final = "***"
LONGEST_ERROR: Final = 1_000
_LONGEST_SQL: Final = 50_000
"""Characters: longer statements are kept by their hash only, so that no request waits for them to be read."""

_SECRET_KEY: Final = re.compile(
    r"passw|passwd|pwd|secret|token|credential|api_?key|private_?key|access_?key|authorization|cookie|uri$|dsn$", re.I
)
# A blank alone does not part a name from a value: permissions read `can_grant_guest_token on SecurityRestApi`.
# The password may hold `@` and `/`: all up to the last `@` before a blank or a quote is taken for it.
_IN_ADDRESS: Final = re.compile(r"([a-z0-9+.-]{0,30}://)([^\s'\"<>]*)", re.I)
_NAMED: Final = re.compile(
    r"((?:passw(?:or)?d|passwd|pwd|secret|token|api_?key|private_?key|access_?key|credentials?)[\w-]{0,64}"
    r"['\"]?(?:\s*(?:=>|[=:])\s*|\s+(?=['\"])))('(?:[^']|'')*'|\"[^\"]*\"|[^\s,;&)'\"]+)",
    re.I,
)
_NAMED_SQL: Final = re.compile(r"(\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+)('(?:[^']|'')*'|\"[^\"]*\"|\S+)", re.I)
_BEARER: Final = re.compile(r"(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.I)
_JWT: Final = re.compile(r"\beyJ[\w-]{8,2000}\.[\w-]+\.[\w-]*")
# A part of all that the expressions above look for: a text without any is looked at once, not five times.
_SUSPECT: Final = re.compile(r"://|passw|pwd|secret|token|key|credential|identified|bearer|basic|eyJ", re.I)
_QUOTED: Final = re.compile(r"['\"`(\[{].*['\"`)\]}]", re.S)
_DIGITS: Final = re.compile(r"\d+(?:[.,:-]\d+)*")

_DIALECTS: Final = {"postgresql": "postgres", "mssql": "tsql", "awsathena": "athena", "databricks": "databricks"}


def scrub(text: str) -> str:
    """Return a text without passwords, tokens and the credentials of addresses."""
    if _SUSPECT.search(text) is None:
        return text
    text = _IN_ADDRESS.sub(_without_credentials, text)
    text = _NAMED_SQL.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    return _JWT.sub(HIDDEN, _BEARER.sub(rf"\1{HIDDEN}", text))


def _without_credentials(address: re.Match[str]) -> str:
    scheme, rest = address.groups()
    return f"{scheme}{HIDDEN}{rest[rest.rindex('@') :]}" if "@" in rest else address[0]


def without_literals(sql: str, backend: str | None) -> str | None:
    """Return a statement with `?` for each literal and without comments; None where it cannot be told apart.

    Args:
        sql: The statement, also one that does not parse.
        backend: The database's kind as SQLAlchemy calls it, e.g. `postgresql`.
    """
    if len(sql) > _LONGEST_SQL:
        return None
    kind = _DIALECTS.get(backend or "", backend or "")
    try:
        tokens = tokenize(sql, read=kind if Dialect.get(kind) else None)
    except Exception:  # noqa: BLE001 - whatever the parser does, the record goes on without the text
        return None
    parts, end = list[str](), -1
    for token in tokens:
        if parts and token.start > end + 1:
            parts.append(" ")
        literal = token.token_type.name.endswith("STRING") or token.token_type.name == "NUMBER"
        parts.append("?" if literal else sql[token.start : token.end + 1])
        end = token.end
    return "".join(parts)


def shown_error(text: str, policy: str) -> str:
    """Return an error message as it may be kept: one that repeats data of the statement loses them."""
    if policy != "full":
        first = text.strip().split("\n", 1)[0]
        text = _DIGITS.sub("?", _QUOTED.sub("...", first))
    return scrub(text)[:LONGEST_ERROR]


def apply(record: Record, policy: str, backend: str | None = None) -> Record:
    """Return a record as it may be kept.

    Args:
        record: With the whole statement in `sql_text`.
        policy: `full`, `redacted` or `hash`.
        backend: The kind of the database that the statement was for.
    """
    text, digest = record.sql_text, record.sql_hash
    if text is not None:
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        shown = text if policy == "full" else without_literals(text, backend) if policy == "redacted" else None
        text = None if shown is None else scrub(shown)
    return replace(
        record,
        sql_text=text,
        sql_hash=digest,
        error_text=None if record.error_text is None else shown_error(record.error_text, policy),
        referrer=None if record.referrer is None else scrub(record.referrer.split("?", 1)[0])[:1000],
        user_agent=None if record.user_agent is None else scrub(record.user_agent)[:300],
        changes=_hidden(record.changes),
        details=_hidden(record.details),
    )


def _hidden(value: Any, key: str = "") -> Any:
    """Return JSON values with what the name of a field calls a secret hidden, and every text scrubbed."""
    if isinstance(value, Mapping):
        return {name: _hidden(inner, key if name in ("before", "after") else name) for name, inner in value.items()}
    if value is None:
        return None
    if _SECRET_KEY.search(key) and not isinstance(value, bool):
        return HIDDEN
    if isinstance(value, (list, tuple)):
        return [_hidden(inner, key) for inner in value]
    return scrub(value) if isinstance(value, str) else value
